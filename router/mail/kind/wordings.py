"""How mail servers put it that something was not delivered, in the languages of the world. Lower case; tables only."""

from __future__ import annotations


def table(words: str) -> tuple[str, ...]:
    """The entries of a table: between bars or line ends; a line that begins with # names a language."""
    lines = (line for line in words.splitlines() if not line.lstrip().startswith("#"))
    return tuple(entry.strip() for line in lines for entry in line.split("|") if entry.strip())


# Who writes reports. The names of the first table are nobody else's.
DAEMONS = frozenset(
    table(
        """
        mailer-daemon | mailer_daemon | mailerdaemon | mailer.daemon | mailer-demon | mail-daemon | maildaemon
        mail_daemon | mdaemon | mail.delivery.system | mail-delivery-system | maildelivery | mail-delivery
        mail_delivery | mail-delivery-subsystem | delivery-subsystem | dsn | ndr | non-delivery | bounce-daemon
        majordomo-bounce
        """
    )
)
OFFICES = frozenset(
    table(
        """
        postmaster | post_master | post-master | post.master | postmast | postoffice | mail-administrator
        mailadmin | mail-admin | mail_administrator | administrator | system | sysadmin | exchange | mailer
        mailserver | mail-server | smtp | smtp-server | esmtp | mta | daemon | root | no-reply | noreply
        no_reply | donotreply | do-not-reply | gateway | mailgateway | mail-gateway | bounce | bounces
        fml-admin | staff | fbl | complaints | abuse
        """
    )
)
OFFICE_NAMES = table(
    """
    mail delivery | mailer-daemon | mailer daemon | delivery subsystem | delivery system | mail system
    mail administrator | system administrator | systemadministrator | microsoft outlook | microsoft exchange
    mail server | mail router | postmaster
    """
)
EXCHANGE = "microsoftexchange329e71ec88ae4615bbc36ab6ce41109e"  # the same in every installation

# What the subject of a report says.
UNDELIVERED = table(
    """
    # English
    undeliver | non-deliver | nondeliver | non deliver | not deliver | not be deliver | delivery fail
    delivery has fail | delivery problem | delivery error | delivery status | delivery report
    delivery notification | delivery delay | delivery attempt | delivery is delayed | failed delivery
    failed mail | mail failed | mail failure | mail system error | mail error | mail could not be
    message could not be | message not deliver | message delayed | message delay | message has been delayed
    message you sent blocked | failure notice | failure notification | failure to deliver | failed to deliver
    failure delivery | returned mail | returned to sender | returning to sender | returning message to sender
    return to sender | mail returned | message returned | rejected mail | mail rejected | message rejected
    rejected: | unable to deliver | cannot send message | could not send message | couldn't be delivered
    bounce notification | bounced mail | message status | mail status | warning: message | warning: could not
    user unknown | unknown user | unknown recipient | unknown address | mailbox full | over quota
    # German
    unzustellbar | nicht zustellbar | nicht zugestellt | zustellung fehlgeschlagen | zustellfehler
    zustellstatus | zustellbenachrichtigung | zustellverzögerung | zustellung verzögert
    fehler bei der zustellung | nicht ausgeliefert
    # French
    non remis | non délivr | non distribu | échec de la remise | échec de remise | échec de la distribution
    échec d'envoi | notification d'échec | notification d'état de remise | retour de courrier | remise différée
    # Spanish
    no se puede entregar | no se pudo entregar | no se ha podido entregar | no entregad | no entregable
    error de entrega | fallo en la entrega | fallo de entrega | entrega fallida | correo devuelto
    mensaje devuelto | notificación de estado de entrega
    # Italian
    non recapitabile | non recapitato | impossibile recapitare | mancata consegna | mancato recapito
    mancata trasmissione | recapito non riuscito | non consegnat | errore di consegna | avviso di mancata consegna
    # Dutch
    onbestelbaar | niet bezorgd | kan niet worden bezorgd | niet afgeleverd | niet bestelbaar
    # Portuguese
    não entregue | não foi entregue | não é possível entregar | não foi possível entregar | falha na entrega
    mensagem devolvida | não pode ser entregue
    # Scandinavian and Finnish
    olevererbar | kan inte leverera | går inte att leverera | kunde inte levereras | ej levererat | kan ikke leveres
    kunne ikke leveres | ikke levert | ikke leveret | ei voi toimittaa | ei voitu toimittaa
    toimitus epäonnistui
    # Polish, Czech, Slovak, Hungarian, Romanian, Turkish
    niedostarcz | nie można dostarczyć | nie dostarczon | nedoručiteln | nedoručen | nelze doručit
    nemožno doručiť | kézbesíthetetlen | nem kézbesíthető | nelivrat | teslim edilemedi | teslim edilemeyen
    # Russian, Ukrainian, Greek
    не доставлен | недоставлен | не удалось доставить | невозможно доставить | не може бути доставлен
    δεν παραδόθηκε
    # Japanese, Chinese, Korean
    配信不能 | 配信できません | 配信エラー | 配達できません | 配達不能 | 送信できません | 送信エラー
    エラーメール | 不達 | 未達 | 无法传递 | 無法傳遞 | 无法投递 | 退信 | 未送达
    未傳遞 | 投递失败 | 반송 | 배달되지 | 배달 실패 | 전송 실패
    """
)

# What its text says, and a person hardly does: the words of servers about recipients and mailboxes.
SERVER_WORDS = table(
    """
    this is the qmail-send program | this is the mail system at host | this is the mail delivery agent
    this is a permanent error | this message was created automatically by mail delivery software
    could not be delivered to one or more | permanent fatal errors | transcript of session follows
    transient non-fatal errors | the following address | following recipient
    the following destination addresses were unknown | did not reach the following recipient
    delivery to the following | delivery has failed to | delivery failed | failed permanently
    unable to deliver | wasn't able to deliver | was not able to deliver | could not be delivered
    couldn't be delivered | cannot be delivered | can't be delivered | was not delivered | not be delivered to
    error delivering your mail | error occurred while trying to deliver | undeliverable | user unknown
    unknown user | unknown local | no such user | no such mailbox | user is unknown | recipient unknown
    unknown recipient | recipient address rejected | mailbox full | mailbox is full | mailbox unavailable
    over quota | exceeded the local limit | quota exceeded | relaying denied | host not found | host unknown
    reporting-mta: | final-recipient: | diagnostic-code: | remote host said | said: 5 | smtp error from remote
    rcpt to: | mail from: | requested action not taken | message headers follow | below this line is a copy of the message
    automatic bounce notification | reject reason | has been rejected | konnte nicht zugestellt werden
    nicht zugestellt werden konnte | n'a pas pu être remis | no se ha podido entregar
    non è stato possibile recapitare | kon niet worden bezorgd | 送信できませんでした | 送信に失敗
    配信できませんでした | 配信に失敗 | 宛先不明
    """
)

# What stands in front of what is returned.
RETURNED = table(
    """
    original message follows | unsent message follows | copy of the message | copy of your message
    original message header | message headers follow | original mail | returned message | message header
    bounced e-mail | original message
    """
)

# Subjects of reports about mail that somebody called spam, in the words of those that write no RFC 5965.
COMPLAINTS = ("complaint about message from", "email feedback report for", "abuse report:", "spam complaint", "[abuse]")

# Subjects with which Exchange says that it has delivered a mail, or handed it on.
DELIVERED = table(
    """
    delivered: | relayed: | expanded: | zugestellt: | remis : | remis: | entregado: | consegnato: | recapitato:
    bezorgd: | entregue: | dostarczono: | levererat: | leveret: | levert: | doručeno: | доставлено:
    """
)

# What mail programs say for those who see no picture of a reaction.
REACTED = table(
    """
    reacted to your message | reacted via gmail | hat auf ihre nachricht reagiert | hat auf deine nachricht reagiert
    hat über gmail reagiert | a réagi à votre message | a réagi à ton message | a réagi via gmail
    ha reaccionado a su mensaje | ha reaccionado a tu mensaje | ha reaccionado mediante gmail
    ha reagito al messaggio | ha reagito al tuo messaggio | heeft gereageerd op je bericht | heeft op je bericht gereageerd
    reagiu à sua mensagem | reagerade på ditt meddelande | reagerede på din meddelelse | reagerte på meldingen din
    """
)

# Receipts of mail programs that do not write RFC 8098, subject and text.
READ_SUBJECTS = table(
    """
    read: | not read: | read receipt | return receipt | gelesen: | ungelesen gelöscht: | lesebestätigung | lu :
    lu: | non lu : | accusé de lecture | leído: | no leído: | confirmación de lectura | letto:
    conferma di lettura | ricevuta di ritorno | gelezen: | niet gelezen: | leesbevestiging | lida: | lido:
    confirmação de leitura | przeczytane: | potwierdzenie odczytu | läst: | læst: | lest: | luettu: | přečteno:
    прочитано: | okundu: | 開封済み | 開封確認 | 已读: | 已讀: | 읽음:
    """
)
READ_TEXTS = table(
    """
    was read on | was deleted without being read | was displayed on | has been displayed
    return receipt for the mail | was received by: | this is a receipt for the mail | this receipt verifies
    this is a return receipt | gelesen am | wurde am | wurde gelesen | empfangsbestätigung | a été lu
    accusé de réception | fue leído | se leyó | è stato letto | ricevuta di ritorno | is gelezen | foi lida
    foi lido | została odczytana | została wyświetlona | lästes | blev læst | ble lest | byla přečtena
    было прочитано | прочитано | 開封 | 已阅读 | 읽었습니다
    """
)
