"""The audit 审计: what can be asked, proved and checked of a record without a server."""
