"""Paper 纸件: documents are set as A4 PDF with a Chinese font of our own, the same bytes wherever they are printed."""
