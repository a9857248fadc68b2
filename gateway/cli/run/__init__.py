"""Commands that run a process: agi, esl, web, worker, serve."""
