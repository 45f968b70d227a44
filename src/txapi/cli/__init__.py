"""The command line 命令行: what a person or a script asks of a record without GraphQL."""
