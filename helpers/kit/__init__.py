"""What a page of a lesson shows and keeps: results, verdicts, predictions, figures, checks. Nothing here trains."""
