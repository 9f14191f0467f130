"""What the folders are called into which mail programs and servers put what they take for spam. Pure."""

from unicodedata import normalize

_JUNK = frozenset(
    {
        *("junk", "junk email", "junk e-mail", "junk mail", "spam", "bulk", "bulk mail", "quarantine"),
        *("junk-e-mail", "junk-email", "spamverdacht", "unerwünscht", "unerwünschte werbung", "spamordner"),
        *("courrier indésirable", "indésirables", "pourriel", "correo no deseado", "no deseado", "lixo eletrônico"),
        *("lixo eletrónico", "posta indesiderata", "ongewenste e-mail", "ongewenst", "skräppost", "uønsket e-post"),
        *("uønsket mail", "søppelpost", "roskaposti", "wiadomości-śmieci", "nevyžádaná pošta", "nevyžiadaná pošta"),
        *("levélszemét", "neželena pošta", "neželjena pošta", "нежелательная почта", "спам", "небажана пошта"),
        *("ανεπιθύμητη αλληλογραφία", "gereksiz e-posta", "istenmeyen e-posta", "垃圾邮件", "垃圾郵件", "迷惑メール"),
        *("스팸", "스팸함", "정크 메일", "דואר זבל", "البريد غير الهام", "thư rác", "อีเมลขยะ"),
    }
)


def is_junk(folder: str) -> bool:
    """Whether a folder, by the server's name of it, is one of mail that was taken for spam."""
    name = normalize("NFC", folder).casefold()
    levels = name.replace(".", "/").split("/")
    return any(level.strip() in _JUNK for level in (name, levels[-1]))
