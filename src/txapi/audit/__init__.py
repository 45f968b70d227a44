"""The auditor's bench 审计: what proves, compares, replays and takes away a record, and needs no server."""
