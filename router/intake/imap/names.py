"""What folders of sent mail are called, beside those of which a server says so (RFC 6154). Pure."""

from collections.abc import Sequence
from unicodedata import normalize

from router.imap.listing import Listed

_SENT = frozenset(
    {
        *("sent", "sent items", "sent mail", "sent messages", "sent-mail", "sentmail", "outbox sent", "sent email"),
        *("gesendet", "gesendete elemente", "gesendete objekte", "gesendete nachrichten", "gesendete mails"),
        *("gesendete e-mails", "postausgang gesendet", "versendet", "versandte objekte"),
        *("éléments envoyés", "envoyés", "messages envoyés", "courrier envoyé", "objets envoyés", "courriels envoyés"),
        *("elementos enviados", "enviados", "mensajes enviados", "correo enviado", "correos enviados"),
        *("itens enviados", "mensagens enviadas", "e-mails enviados", "e-mail enviados", "enviadas", "correio enviado"),
        *("posta inviata", "inviata", "inviati", "elementi inviati", "messaggi inviati"),
        *("verzonden", "verzonden items", "verzonden berichten", "verzonden objecten", "verzonden e-mails"),
        *("skickat", "skickade objekt", "skickade meddelanden", "skickade", "skickat e-post", "skickat mail"),
        *("sendt", "sendt post", "sendt mail", "sendte elementer", "sendte elementer", "sendt e-post", "sendte"),
        *("lähetetyt", "lähetetyt viestit", "lähetetyt kohteet", "saadetud", "saadetud kirjad", "nosūtītie"),
        *("išsiųsta", "išsiųsti laiškai", "nosūtītās vēstules", "sendir hlutir", "send skeyti"),
        *("wysłane", "elementy wysłane", "wysłana poczta", "poczta wysłana", "wiadomości wysłane"),
        *("odeslané", "odeslaná pošta", "odeslaná", "odoslané", "odoslaná pošta", "odoslané položky"),
        *("elküldött", "elküldött elemek", "elküldött üzenetek", "elküldött levelek", "trimise", "elemente trimise"),
        *(
            "mesaje trimise",
            "poslano",
            "poslane stavke",
            "poslana pošta",
            "poslati elementi",
            "poslato",
            "poslane poruke",
        ),
        *("отправленные", "отправленное", "исходящие отправленные", "надіслані", "надіслані елементи", "відправлені"),
        *("изпратени", "изпратени елементи", "послато", "послати", "испратени", "απεσταλμένα", "σταλμένα"),
        *("gönderilmiş öğeler", "gönderilmiş postalar", "gönderilenler", "gönderilmiş", "gönderilen"),
        *("已发送", "已发送邮件", "已傳送郵件", "寄件備份", "寄件备份", "已寄出", "已寄郵件", "已送出", "已传送"),
        *(
            "送信済み",
            "送信済みメール",
            "送信済みアイテム",
            "送信済",
            "送信箱",
            "보낸편지함",
            "보낸 편지함",
            "보낸메일함",
        ),
        *(
            "보낸 항목",
            "보낸 메일",
            "נשלח",
            "פריטים שנשלחו",
            "דואר יוצא",
            "المرسلة",
            "العناصر المرسلة",
            "البريد المرسل",
        ),
        *("đã gửi", "thư đã gửi", "terkirim", "item terkirim", "pesan terkirim", "dihantar", "ส่งแล้ว", "จดหมายที่ส่ง"),
        *(
            "elements enviats",
            "enviats",
            "bidalitakoak",
            "elementos enviados",
            "भेजा गया",
            "ارسال شده",
            "bosta anfonwyd",
        ),
    }
)
_PARENTS = frozenset({"inbox", "[gmail]", "[google mail]", "mail", "mailbox"})  # under which one's own folders may lie
_SPECIAL = b"\\sent"
_CLOSED = (b"\\noselect", b"\\nonexistent")


def sent_folders(listed: Sequence[Listed]) -> tuple[str, ...]:
    """The server's names of an account's folders of sent mail: those it says are, and those that are called so.

    Outlook asks no server, and makes one with a name of its own beside the one that webmail and phones use.
    """
    open_ = [one for one in listed if not any(flag.lower() in _CLOSED for flag in one[0])]
    special = [name for flags, _, name in open_ if _SPECIAL in [flag.lower() for flag in flags]]
    return tuple(dict.fromkeys((*special, *(name for _, separator, name in open_ if _is_sent(name, separator)))))


def _is_sent(name: str, separator: bytes | None) -> bool:
    levels = name.split(separator.decode("ascii")) if separator else [name]
    *above, last = (normalize("NFC", level).casefold().strip() for level in levels)
    return last in _FOLDED and (not above or (len(above) == 1 and above[0] in _PARENTS))


_FOLDED = frozenset(normalize("NFC", name).casefold() for name in _SENT)
