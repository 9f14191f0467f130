"""The mails of the invented year: what people write, in their languages, and what machines do. Every word is invented."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from email.header import Header
from email.utils import format_datetime
from zoneinfo import ZoneInfo

from tests.bench.year.company import PEOPLE


@dataclass(frozen=True, slots=True)
class Language:
    """What is said in one language; `{day}` stands for a date."""

    names: tuple[str, ...]  # of customers
    subjects: tuple[str, ...]
    asks: tuple[str, ...]
    reminds: tuple[str, ...]
    again: tuple[str, ...]
    thanks: tuple[str, ...]
    answers: tuple[str, ...]
    promises: tuple[str, ...]  # without a day
    dated: tuple[str, ...]  # with one
    months: tuple[str, ...] = field(default=())
    date: str = "{0} {1}"


def _months(names: str) -> tuple[str, ...]:
    return tuple(names.split())


LANGUAGES = {
    "en": Language(
        ("Jane Ferris", "Peter Nolan", "Claire Moss", "Omar Aziz", "Ruth Kelly", "Ian Webb", "Grace Odell", "Sam Pike"),
        ("Order {n}", "Delivery {n}", "Invoice {n} is wrong", "Question about item {n}", "Clock {n} stopped"),
        (
            "Where is my order? It was to come on Monday.",
            "The parcel has come, but the box was empty. What do we do now?",
            "Could you tell me whether the blue one is in stock?",
            "I was charged twice. Please send the money back.",
            "The glass is cracked and I would like a new one.",
        ),
        ("I have not heard from you. Has my letter arrived?", "Is anybody there? Please answer my question."),
        (
            "That is not what I asked for. It still does not work.",
            "The new one has the same fault. What now?",
            "You wrote that it was on its way, and nothing has come.",
        ),
        ("Thank you very much!", "Many thanks for your help.", "Thanks a lot, that was quick."),
        (
            "The parcel left our house this morning.",
            "We have sent the money back today.",
            "The blue one is in stock, and yours is on its way.",
        ),
        ("I will look into it and get back to you.", "Let me check with the workshop and let you know."),
        ("I will get back to you by {day}.",),
        _months("January February March April May June July August September October November December"),
    ),
    "de": Language(
        ("Jürgen Groß", "Sabine Weiß", "Uwe Kranz", "Petra Ölmann", "Heike Brandt", "Karl Lutz"),
        ("Bestellung {n}", "Lieferung {n}", "Rechnung {n}", "Frage zu Artikel {n}"),
        (
            "Wo bleibt meine Bestellung? Sie sollte am Montag kommen.",
            "Das Paket kam an, aber es war leer. Was machen wir nun?",
            "Die Uhr bleibt stehen. Können Sie sie reparieren?",
        ),
        ("Ich habe noch nichts gehört. Ist mein Brief angekommen?",),
        ("Das war nicht meine Frage. Es geht immer noch nicht.", "Auch die neue Uhr bleibt stehen. Was nun?"),
        ("Vielen Dank für die schnelle Hilfe!", "Herzlichen Dank!"),
        ("Das Paket ging heute früh aus dem Haus.", "Wir haben das Geld heute überwiesen."),
        ("Ich melde mich bei Ihnen.",),
        ("Ich melde mich bis zum {day} bei Ihnen.",),
        _months("Januar Februar März April Mai Juni Juli August September Oktober November Dezember"),
        "{0}. {1}",
    ),
    "fr": Language(
        ("Hélène Dufour", "Marc Petit", "Luc Garnier", "Aïcha Benali"),
        ("Commande {n}", "Livraison {n}", "Facture {n}"),
        ("Où est ma commande ? Elle devait arriver lundi.", "Le colis est arrivé vide. Que faire ?"),
        ("Je n'ai pas de nouvelles. Avez-vous reçu ma lettre ?",),
        ("Ce n'était pas ma question. Cela ne marche toujours pas.",),
        ("Merci beaucoup !",),
        ("Le colis est parti ce matin.", "Nous vous avons remboursé aujourd'hui."),
        ("Je reviens vers vous.",),
        ("Je reviens vers vous avant le {day}.",),
        _months("janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
    ),
    "es": Language(
        ("Lucía Romero", "Diego Peña", "Inés Castro"),
        ("Pedido {n}", "Entrega {n}"),
        ("¿Dónde está mi pedido? Tenía que llegar el lunes.", "El paquete llegó vacío. ¿Qué hacemos?"),
        ("No tengo noticias suyas. ¿Ha llegado mi carta?",),
        ("No era eso lo que pregunté. Sigue sin funcionar.",),
        ("Muchas gracias por su ayuda.",),
        ("El paquete salió esta mañana.",),
        ("Le responderé pronto.",),
        ("Le responderé antes del {day}.",),
        _months("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
        "{0} de {1}",
    ),
    "it": Language(
        ("Giulia Conti", "Paolo Ricci", "Niccolò Serra"),
        ("Ordine {n}", "Consegna {n}"),
        ("Dov'è il mio ordine? Doveva arrivare lunedì.", "Il pacco è arrivato vuoto. Che cosa facciamo?"),
        ("Non ho notizie. È arrivata la mia lettera?",),
        ("Non era questa la mia domanda. Non funziona ancora.",),
        ("Grazie mille!",),
        ("Il pacco è partito stamattina.",),
        ("Le farò sapere.",),
        ("Le farò sapere entro il {day}.",),
        _months("gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre"),
    ),
    "nl": Language(
        ("Sanne de Wit", "Bram Visser", "Noor Bakker"),
        ("Bestelling {n}", "Levering {n}"),
        ("Waar blijft mijn bestelling? Die zou maandag komen.", "Het pakket was leeg. Wat doen we nu?"),
        ("Ik heb nog niets gehoord. Is mijn brief aangekomen?",),
        ("Dat was niet mijn vraag. Het werkt nog steeds niet.",),
        ("Hartelijk dank!",),
        ("Het pakket is vanochtend vertrokken.",),
        ("Ik kom hier bij u op terug.",),
        ("Ik kom er uiterlijk {day} bij u op terug.",),
        _months("januari februari maart april mei juni juli augustus september oktober november december"),
    ),
}


def in_words(day: date, language: str) -> str:
    """A date as one writes it in a language."""
    spoken = LANGUAGES[language]
    return spoken.date.format(day.day, spoken.months[day.month - 1])


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to be written."""

    message_id: str  # without brackets
    at: datetime
    zone: str  # whose clock the writer has
    writer: tuple[str, str]  # name and address
    to: tuple[str, str]
    subject: str
    text: str
    before: Sequence[str] = ()  # the Message-IDs of the conversation, the last is answered
    headers: Sequence[tuple[str, str]] = ()
    cc: tuple[str, str] | None = None
    quoted: str = ""  # what the writer's program leaves below

    def octets(self) -> bytes:
        """The mail with CRLF lines; its text in UTF-8."""
        fields = [
            ("From", _person(self.writer)),
            ("To", _person(self.to)),
            ("Subject", _encoded(self.subject)),
            ("Date", format_datetime(self.at.astimezone(ZoneInfo(self.zone)))),
            ("Message-ID", f"<{self.message_id}>"),
        ]
        if self.cc:
            fields.insert(2, ("Cc", _person(self.cc)))
        if self.before:
            fields.append(("In-Reply-To", f"<{self.before[-1]}>"))
            fields.append(("References", "\r\n ".join(f"<{one}>" for one in self.before)))
        fields += [*self.headers, ("MIME-Version", "1.0")]
        if not any(name == "Content-Type" for name, _ in self.headers):
            fields += [("Content-Type", "text/plain; charset=utf-8"), ("Content-Transfer-Encoding", "8bit")]
        head = "".join(f"{name}: {value}\r\n" for name, value in fields)
        body = self.text + (f"\n\n{self.quoted}" if self.quoted else "")
        return (head + "\r\n").encode("ascii") + body.replace("\n", "\r\n").encode() + b"\r\n"


def _person(person: tuple[str, str]) -> str:
    name, address = person
    return f"{_encoded(name)} <{address}>" if name else address


def _encoded(text: str) -> str:
    return text if text.isascii() else Header(text, "utf-8").encode()


def staff(name: str) -> tuple[str, str]:
    """One of us."""
    return PEOPLE[name], f"{name}@example.com"


def quote(text: str, writer: str, at: datetime) -> str:
    """An earlier letter as a mail program quotes it."""
    lines = "\n".join(f"> {line}" for line in text.splitlines())
    return f"On {at:%a, %d %b %Y at %H:%M}, {writer} wrote:\n{lines}"


def failure(message_id: str, failed: str, boundary: str) -> str:
    """The body of a delivery report (RFC 3464) about a mail of ours."""
    return (
        f"--{boundary}\nContent-Type: text/plain\n\nYour mail could not be delivered.\n\n"
        f"--{boundary}\nContent-Type: message/delivery-status\n\n"
        "Reporting-MTA: dns; mx.example.net\n\n"
        f"Final-Recipient: rfc822; {failed}\nAction: failed\nStatus: 5.2.2\n"
        "Diagnostic-Code: smtp; 552 5.2.2 Mailbox full\n\n"
        f"--{boundary}\nContent-Type: text/rfc822-headers\n\nMessage-ID: <{message_id}>\nTo: {failed}\n\n"
        f"--{boundary}--"
    )
