"""The auditor's questions 审计十问: each a function over a reader, each line naming the events that it rests on."""
