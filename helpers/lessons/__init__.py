"""What only one lesson uses: its experiment, figures, checks and long runs. Nothing imports a lesson."""
