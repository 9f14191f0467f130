"""The words that mail programs write around what they quote and forward, in the languages that customers write.

Data only, in lower case, a phrase between two bars. A language is added by adding words; nothing else needs to know of it.
"""

from __future__ import annotations


def phrases(table: str) -> tuple[str, ...]:
    """The phrases of a table."""
    return tuple(
        dict.fromkeys(phrase for line in table.splitlines() for each in line.split("|") if (phrase := each.strip()))
    )


# The verb of "On … wrote:", as far as it is needed beside a date or an address.
WROTE: tuple[str, ...] = phrases("""
    wrote | writes | has written | said | sent | quoting
    schrieb | hat geschrieben | schreibt
    a écrit | a ecrit | écrit | écrivait | a envoyé
    escribió | escribio | escribiu | ha escrito | va escriure
    ha scritto | scrisse | scrive
    schreef | geschreven | heeft geschreven
    escreveu | escreveram | escrito
    napisał | napisal | pisze
    skrev | skrifaði
    kirjoitti | kirjutas
    napsal | napísal | napisao | je napisal | píše
    написал | пишет | писал | пише | написав | написа | напісаў
    írta | ezt írta
    a scris | scris
    yazdı | yazmış
    έγραψε | έγραψαν
    rakstīja | rašė | parašė
    כתב | כתבה | كتب | كتبت | نوشت
    missatge de | đã viết | menulis | เขียนว่า | ने लिखा
    写道 | 寫道 | 写到 | のメール | さんは書きました | 書きました | 書いた | 作成 | 작성 | 썼습니다
""")

# How such a line begins, where it does not begin with a digit, a name or an address.
OPENERS: frozenset[str] = frozenset(
    phrases("""
    on | am | im | le | el | il | em | op | w | dnia | den | dne | dňa | på | pe | ke | ti | to | la | su | ma | the | in | a
    às | alle | de | za | at | vào | pada | 在 | 于 | 於 | στις | u | dana | v | ve
""")
)

# Days and months, by their first letters.
DAYS: frozenset[str] = frozenset(
    phrases("""
    mon | tue | wed | thu | fri | sat | sun | mo | di | mi | do | fr | sa | so
    lun | mar | mer | jeu | ven | sam | dim | mié | mie | jue | vie | sáb | sab | dom | gio
    maa | din | woe | don | vri | zat | zon | seg | ter | qua | qui | sex | pon | wt | śr | czw | pt | sob | nd | niedz
    mån | tis | ons | tor | fre | lör | sön | man | tir | tirs | tors | lør | lørd | søn | sønd
    ma | ti | ke | to | pe | la | su | po | út | st | čt | pá | ne | пн | вт | ср | чт | пт | сб | вс | нд | 周 | 星期
""")
)
MONTHS: frozenset[str] = frozenset(
    phrases("""
    jan | feb | mar | apr | may | jun | jul | aug | sep | oct | nov | dec | mär | mae | mai | okt | dez
    fév | fev | avr | jui | aoû | aou | déc | ene | abr | ago | dic | gen | mag | giu | lug | set | ott | mrt | mei | out
    maj | cze | lip | sie | wrz | paź | lis | gru | sty | lut | kwi | tam | hel | maa | huh | tou | kes | hei | elo | syy
    lok | jou | led | úno | bře | dub | kvě | čvn | čvc | srp | zář | říj | pro
    янв | фев | мар | апр | май | мая | июн | июл | авг | сен | окт | ноя | дек | січ | лют | бер | кві | тра | чер | лип
""")
)

# What stands between dashes above the header of a quoted message.
ORIGINAL: frozenset[str] = frozenset(
    phrases("""
    original message | original appointment | original email | original mail | reply message
    ursprüngliche nachricht | ursprüngliche e-mail | ursprungliche nachricht | original-nachricht
    originalnachricht | originale nachricht | original nachricht | urspr. nachricht
    message d'origine | message d’origine | message original | message initial | mail original
    mensaje original | mensaje originale | correo original | missatge original
    messaggio originale | messaggio originario | oorspronkelijk bericht | origineel bericht
    mensagem original | mensagem originária | wiadomość oryginalna | oryginalna wiadomość
    wiadomość pierwotna | treść oryginalnej wiadomości | ursprungligt meddelande | originalmeddelande
    oprindelig meddelelse | oprindelig besked | original meddelelse | opprinnelig melding
    originalmelding | alkuperäinen viesti | alkuperäinen sähköposti | původní zpráva | původní e-mail
    pôvodná správa | pôvodný e-mail
    исходное сообщение | исходное письмо | оригинальное сообщение | первоначальное сообщение
    вихідне повідомлення | eredeti üzenet | mesaj original | mesajul original | orijinal mesaj
    özgün ileti | orijinal ileti | αρχικό μήνυμα | izvorna poruka | izvirno sporočilo
    元のメッセージ | 元のメール | オリジナルメッセージ | オリジナル メッセージ | original message follows
    原始邮件 | 原始郵件 | 邮件原件 | 原邮件 | 回复的原邮件 | 回复邮件 | 원본 메시지 | 원본 메일 | 원본메일
    הודעה מקורית | الرسالة الأصلية | thư gốc | pesan asli
""")
)

# The same for what somebody sends on; that was sent on in order to be read.
FORWARDED: frozenset[str] = frozenset(
    phrases("""
    forwarded message | forwarded by | forwarded mail | forwarded letter | forward message
    begin forwarded text | begin included message | begin forwarded mail | included message follows
    begin forwarded message | start of forwarded message | inline forwarded message follows
    weitergeleitete nachricht | weitergeleitete e-mail | weitergeleitete mail
    anfang der weitergeleiteten nachricht | anfang der weitergeleiteten e-mail | weitergeleitet von
    message transféré | message transmis | message réexpédié | début du message transféré
    début du message réexpédié | courriel transféré | mail transféré | transféré par
    mensaje reenviado | mensaje enviado | inicio del mensaje reenviado | missatge reenviat
    messaggio inoltrato | messaggio inoltrato da | inizio messaggio inoltrato | inizio del messaggio inoltrato
    doorgestuurd bericht | begin doorgestuurd bericht | doorgestuurde bericht
    mensagem encaminhada | mensagem reencaminhada | início da mensagem encaminhada
    início da mensagem reencaminhada | wiadomość przekazana dalej | przekazana wiadomość | forwarded
    przekazywana wiadomość | treść przekazanej wiadomości | początek przekazywanej wiadomości
    vidarebefordrat meddelande | vidarebefordrat mejl | början på vidarebefordrat brev
    börja vidarebefordrat meddelande | videresendt meddelelse | videresendt besked | start på videresendt besked
    videresendt melding | videresendt e-post | start på videresendt melding | begynnelse på videresendt melding
    välitetty viesti | edelleenlähetetty viesti | edelleenlähetetty viesti alkaa | välitetty viesti alkaa
    přeposlaná zpráva | předaná zpráva | začátek přeposlané zprávy | preposlaná správa
    пересылаемое сообщение | пересланное сообщение | перенаправленное сообщение | пересылаемое письмо
    начало переадресованного сообщения | начало пересылаемого сообщения | конец пересылаемого сообщения
    переслане повідомлення | továbbított üzenet | mesaj redirecționat | mesaj transmis
    iletilen mesaj | yönlendirilmiş ileti | yönlendirilen mesaj | προωθημένο μήνυμα | proslijeđena poruka
    転送されたメッセージ | 転送メッセージ | 転送済みメッセージ | 以下は、転送されたメールです | 下記メールを転送します
    转发的邮件 | 转发邮件 | 转发邮件信息 | 轉寄郵件 | 轉寄的郵件 | 轉寄訊息 | 已转发邮件 | 开始转发的邮件 | 下面是被转发的邮件
    전달된 메일 | 전달된 메시지 | 전달 메시지 | הודעה שהועברה | رسالة معاد توجيهها
""")
)

# What a subject begins with when its mail was sent on; the first prefix decides.
FORWARD_PREFIXES: frozenset[str] = frozenset(
    phrases("""
    fw | fwd | wg | tr | rv | i | doorst | enc | res enc | pd | vb | vs | vl | fs | přep | prep
    пересл | пер | 转发 | 轉寄 | 転送 | 전달 | továbbítás | tov | ilt | prosl | inoltro | reenv | rif fwd
""")
)

# Names of the fields above a quoted message, by what they mean.
_FIELDS: dict[str, str] = {
    "from": """
        from | von | de | da | van | från | fra | lähettäjä | od | от | от кого | від | ol
        expéditeur | exp | remitente | mittente | remetente | afzender | avsändare | afsender | avsender
        absender | nadawca | odesílatel | odosielateľ | отправитель | feladó | de la | kimden | gönderen
        από | saatja | 差出人 | 送信者 | 发件人 | 發件人 | 寄件者 | 寄件人 | 보낸 사람 | 보낸사람 | 보낸이 | 발신
        מאת | من | từ | dari | desde | nuo | frá | จาก | از
    """,
    "sent": """
        sent | sent at | sent on | gesendet | gesendet am | gesendet von | envoyé | envoye | envoyé le
        date d'envoi | date d’envoi | enviado | enviado el | enviado em | enviada em | inviato | data invio
        verzonden | verzonden op | skickat | skickad | sendt | wysłano | wysłane | data wysłania | odesláno
        odoslané | отправлено | надіслано | lähetetty | elküldve | küldve | trimis | gönderildi
        gönderilme tarihi | στάλθηκε | 送信日時 | 送信日 | 发送时间 | 發送時間 | 发送日期 | 寄件日期
        보낸 날짜 | 보낸시간 | נשלח
        изпратено | saatmisaeg | saadetud | išsiųsta | nosūtīts | enviat | enviat el | poslato | poslano
        message du | تاريخ الإرسال | تم الإرسال | ارسال شده | đã gửi | terkirim | ส่ง | ส่งเมื่อ
    """,
    "date": """
        date | datum | fecha | data | dátum | дата | päivämäärä | päiväys | pvm | tarih | ημερομηνία | 日時 | 日付
        日期 | 时间 | 時間 | 날짜 | תאריך | التاريخ | ngày | tanggal | dato
    """,
    "to": """
        to | an | à | a | para | aan | till | til | vastaanottaja | do | komu | кому | pour | per
        destinataire | destinatario | destinatário | ontvanger | mottagare | modtager | mottaker | adresat
        empfänger | получатель | címzett | către | kime | alıcı | προς | pro | 宛先 | 收件人 | 收件者 | 받는 사람
        до | adressaat | kam | per a | ถึง | به | 받는사람 | 받는이 | 수신 | אל | إلى | tới | đến | kepada | za | prima
    """,
    "cc": """
        cc | kopie | kopie (cc) | copie à | copie | copia | cópia | con copia a | kopia | kopi | kopio
        копия | копію | másolatot kap | bilgi | κοιν | 抄送 | 副本 | 참조 | bcc | cco | cci | dw | udw | v kopii
    """,
    "subject": """
        subject | betreff | objet | asunto | oggetto | onderwerp | assunto | ämne | emne | aihe | temat
        předmět | predmet | тема | tárgy | subiect | konu | θέμα | naslov | zadeva | sujet | assumpte
        относно | teema | tema | tēma | efni | เรื่อง | موضوع
        件名 | 题名 | 主题 | 主題 | 主旨 | 标题 | 제목 | נושא | הנדון | الموضوع | chủ đề | subjek | perihal | re
    """,
    "more": """
        reply-to | reply to | antwort an | répondre à | responder a | rispondi a | beantwoorden
        importance | priority | wichtigkeit | priorität | importancia | priorité | importanza
        attachments | attachment | anlagen | anhänge | pièces jointes | datos adjuntos | allegati | bijlagen
        sender | organization | organisation | message-id | newsgroups | categories | kategorien
        sensitivity | signed by | mailed-by | resent-from | date received
    """,
}
FIELDS: dict[str, str] = {name: meaning for meaning, table in _FIELDS.items() for name in phrases(table)}

# A line that a help desk writes under which nothing is read.
ABOVE: tuple[str, ...] = phrases("""
    reply above this line | type your reply above | write your reply above | reply above the line
    please do not write below this line | do not write below this line | antworten sie oberhalb dieser
    antwort bitte oberhalb | oberhalb dieser linie | répondez au-dessus de cette ligne | répondre au-dessus
    responda por encima de esta línea | rispondi sopra questa | antwoord boven deze | responda acima desta
""")
