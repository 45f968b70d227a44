"""The statements of the endpoint written by hand: each returns the JSON of a whole answer. Tables and indexes: `_flat.py`."""

from __future__ import annotations

PARAMETERS = {
    "rows": ("first",),
    "nested": ("first", "tickets"),
    "counts": ("clock",),
    "due": ("first",),
    "due_as_of": ("at", "first"),
    "history": ("noun", "first"),
}
"""What each question takes, in the order in which its statement marks it."""

POSTGRESQL = {
    "rows": """
SELECT coalesce(json_agg(row_to_json(x)), '[]') FROM (
  SELECT entity_id AS "entityId", number, origin, category, subject, body, state, escalation, issued_at AS "issuedAt", version
  FROM peers.tickets ORDER BY issued_at DESC NULLS LAST, entity_id LIMIT %(first)s) x""",
    "nested": """
SELECT coalesce(json_agg(row_to_json(x)), '[]') FROM (
  SELECT p.entity_id AS "entityId", p.code, p.name, p.kind, p.condition, p.capital, p.introduced_on AS "introducedOn", p.version,
    (SELECT json_build_object('nodes', coalesce(json_agg(row_to_json(y)), '[]')) FROM (
      SELECT t.number, t.subject, t.category, t.state, t.escalation, t.issued_at AS "issuedAt"
      FROM peers.tickets t WHERE t.project_id = p.entity_id
      ORDER BY t.issued_at DESC NULLS LAST, t.entity_id LIMIT %(tickets)s) y) AS tickets
  FROM peers.projects p ORDER BY p.code LIMIT %(first)s) x""",
    "counts": """
SELECT coalesce(json_agg(row_to_json(x)), '[]') FROM (
  SELECT json_build_array(json_build_object('key', handler_code)) AS "group", count(*) AS count,
    count(*) FILTER (WHERE limit_due <= %(clock)s::timestamptz) AS overdue
  FROM peers.tickets GROUP BY handler_code ORDER BY handler_code) x""",
    "due": """
SELECT coalesce(json_agg(row_to_json(x)), '[]') FROM (
  SELECT entity_id AS "entityId", number, subject, category, state, escalation, issued_at AS "issuedAt", version
  FROM peers.tickets WHERE is_open ORDER BY limit_due, entity_id LIMIT %(first)s) x""",
    "due_as_of": """
SELECT coalesce(json_agg(row_to_json(x)), '[]') FROM (
  SELECT entity_id AS "entityId", number, subject, category, state, escalation, issued_at AS "issuedAt", version
  FROM peers.ticket_versions WHERE is_open AND int8range(since, until) @> %(at)s::bigint
  ORDER BY limit_due, entity_id LIMIT %(first)s) x""",
    "history": """
SELECT coalesce(json_agg(row_to_json(x)), '[]') FROM (
  SELECT position, type, noun_version AS "nounVersion", decided_at AS "decidedAt", recorded_at AS "recordedAt"
  FROM peers.events WHERE noun = %(noun)s ORDER BY position LIMIT %(first)s) x""",
}

_BY_CLASS = f"SELECT 64 AS k UNION ALL VALUES {', '.join(f'({length})' for length in range(1, 48))}"
"""How long versions lived, as the power of two above it; 64 for those that last."""

SQLITE = {
    "rows": """
SELECT CAST(json_group_array(json_object('entityId', entity_id, 'number', number, 'origin', origin, 'category', category,
  'subject', subject, 'body', body, 'state', state, 'escalation', escalation, 'issuedAt', issued_at, 'version', version)) AS BLOB)
FROM (SELECT * FROM tickets ORDER BY issued_at IS NULL, issued_at DESC, entity_id LIMIT :first)""",
    "nested": """
SELECT CAST(json_group_array(json_object('entityId', entity_id, 'code', code, 'name', name, 'kind', kind, 'condition', condition,
  'capital', capital, 'introducedOn', introduced_on, 'version', version, 'tickets', json(tickets))) AS BLOB)
FROM (SELECT *, (
    SELECT json_object('nodes', json_group_array(json_object('number', number, 'subject', subject, 'category', category,
      'state', state, 'escalation', escalation, 'issuedAt', issued_at)))
    FROM (SELECT * FROM tickets t WHERE t.project_id = p.entity_id
      ORDER BY t.issued_at IS NULL, t.issued_at DESC, t.entity_id LIMIT :tickets)) AS tickets
  FROM projects p ORDER BY code LIMIT :first)""",
    "counts": """
SELECT CAST(json_group_array(json_object('group', json_array(json_object('key', handler_code)), 'count', n,
  'overdue', overdue)) AS BLOB)
FROM (SELECT handler_code, count(*) AS n, count(*) FILTER (WHERE limit_due <= :clock) AS overdue
  FROM tickets GROUP BY handler_code ORDER BY handler_code IS NULL, handler_code)""",
    "due": """
SELECT CAST(json_group_array(json_object('entityId', entity_id, 'number', number, 'subject', subject, 'category', category,
  'state', state, 'escalation', escalation, 'issuedAt', issued_at, 'version', version)) AS BLOB)
FROM (SELECT * FROM tickets WHERE is_open = 1 ORDER BY limit_due IS NULL, limit_due, entity_id LIMIT :first)""",
    # Each class is a short range of the index, so that short-lived versions of long ago are not walked.
    "due_as_of": f"""
SELECT CAST(json_group_array(json_object('entityId', entity_id, 'number', number, 'subject', subject, 'category', category,
  'state', state, 'escalation', escalation, 'issuedAt', issued_at, 'version', version)) AS BLOB)
FROM (SELECT t.* FROM (
    SELECT t.rowid AS chosen FROM ({_BY_CLASS}) c CROSS JOIN ticket_versions t
    WHERE t.is_open = 1 AND t.span = c.k AND t.since <= :at AND t.until > :at
      AND t.since > CASE c.k WHEN 64 THEN 0 ELSE :at - (1 << c.k) END
    ORDER BY t.limit_due IS NULL, t.limit_due, t.entity_id LIMIT :first) x
  JOIN ticket_versions t ON t.rowid = x.chosen ORDER BY t.limit_due IS NULL, t.limit_due, t.entity_id)""",
    "history": """
SELECT CAST(json_group_array(json_object('position', position, 'type', type, 'nounVersion', noun_version,
  'decidedAt', decided_at, 'recordedAt', recorded_at)) AS BLOB)
FROM (SELECT * FROM events WHERE noun = :noun ORDER BY position LIMIT :first)""",
}

APPEND_POSTGRESQL = """
INSERT INTO peers.drafts (entity_id, drafted_at, category, subject, body, issuer, handler)
VALUES (%(id)s, now(), %(category)s, %(subject)s, %(body)s, %(issuer)s, %(handler)s)
RETURNING json_build_object('entityId', entity_id, 'state', 'DRAFT', 'version', 1)"""

APPEND_SQLITE = """
INSERT INTO drafts (entity_id, drafted_at, category, subject, body, issuer, handler)
VALUES (:id, strftime('%Y-%m-%dT%H:%M:%f', 'now'), :category, :subject, :body, :issuer, :handler)
RETURNING CAST(json_object('entityId', entity_id, 'state', 'DRAFT', 'version', 1) AS BLOB)"""
