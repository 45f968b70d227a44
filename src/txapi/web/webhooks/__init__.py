"""Webhooks 推送: telling other systems what is recorded, over HTTP; each event at least once, those of one noun in order."""
