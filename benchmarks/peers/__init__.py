"""Programs that do the same with other libraries; they run in an environment of their own."""
