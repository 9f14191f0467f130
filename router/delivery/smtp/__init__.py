"""The SMTP courier: hands copies to a mail server, several recipients and several mails per round trip."""
