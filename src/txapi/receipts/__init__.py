"""Receipts 答复凭证: evidence for an answer, issued, checked, and carried out once more over a record that was taken away."""
