"""The paper forms 公文 that such offices file: a ticket 工作联系单, and a unit's monthly report 月报, as of any moment."""
