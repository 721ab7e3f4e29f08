"""The command line: thin twins of the library's functions. Nothing else imports typer or rich."""
