"""The words around a text that nobody typed: lines of mail programs, disclaimers, warnings of mail servers.

Data only, in lower case, a phrase between two bars, as in `phrases`.
"""

from __future__ import annotations

from router.mail.text.phrases import phrases

# "Sent from my …", where the rest of the line names a device or a program.
SENT_FROM: tuple[str, ...] = phrases("""
    sent from my | sent from | sent via | sent with | sent using | sent by | sent on my | sent by my
    gesendet von | gesendet mit | gesendet über | gesendet vom | gesendet via | gesendet aus
    envoyé de mon | envoyé depuis | envoyé de | envoyé à partir de | envoyé avec | envoyé via | envoyé par
    enviado desde | enviado con | enviado de | enviado do | enviado pelo | enviado a partir | enviado via
    enviada do | enviado mediante | enviat des | inviato da | inviato dal | inviato con | inviato tramite
    verstuurd vanaf | verzonden vanaf | verzonden vanuit | verstuurd vanuit | пратено от | изпратено от
    verstuurd met | verzonden met | verstuurd via | verzonden via
    wysłane z | wysłano z | wysłane za pomocą | wysłane przy użyciu | skickat från | skickades från
    skickat med | sendt fra | sendt med | sendt via | lähetetty | odesláno z | odesláno pomocí | odoslané z
    отправлено с | отправлено из | отправлено от | надіслано з | elküldve | küldve | trimis de pe | trimis din
    gönderildi | στάλθηκε από | poslano s | poslano z | 发自 | 發自 | 从我的 | 傳送自 | dikirim dari | được gửi từ
    đã gửi từ | ส่งจาก | נשלח מה | مُرسل من | أُرسلت من
    nagekommen vanaf | composed on | typed on | written on my
""")
# The same where the phrase stands around the device: its beginning, which may be nothing, and its end.
SENT_AROUND: tuple[tuple[str, str], ...] = (
    ("", "dan gönderilmiştir"),
    # Not "gönderildi" and "küldve" alone: "my iPhone was sent".
    *(("", f"{ending} gönderildi") for ending in ("dan", "den", "tan", "ten")),
    *(("", f"{ending} küldve") for ending in ("ról", "ről")),
    ("", "から送信"),
    ("", "で送信"),
    ("", "에서 보냄"),
    ("從", "傳送"),
    ("从", "发送"),
    ("diese mail wurde", "gesendet"),
    ("diese nachricht wurde", "gesendet"),
    ("vom", "gesendet"),
    ("von yahoo mail", "gesendet"),
    ("von mein", "gesendet"),
)

DEVICES: tuple[str, ...] = phrases("""
    iphone | iphon | ipad | ipadu | ipadem | ipadról | ipadin | ipadilta
    ipod | mac | apple | android | samsung | galaxy | blackberry | nokia | huawei | xiaomi
    windows | phone | mobile | mobil | handy | smartphone | tablet | telefon | teléfono | téléphone
    telefono | telefoon | telefone | celular | móvil | device | gerät | appareil | dispositivo | apparaat
    toestel
    outlook | mailbird | yahoo | gmx | web.de | proton | sparrow | thunderbird
    aol | airmail | superhuman | htc | sony | xperia | motorola | oneplus | lg | treo
    gmail | hotmail | zimbra | polymail | mailspring | mailsuite | mailtrack | pixel | orange
    почт | мобильн | k-9 | fairemail | telekom | vodafone
    verizon | t-mobile | at&t | o2 | wireless | wifi | 手机 | 手機 | 邮箱 | телефон | айфон
    смартфон
    puhelim | mobiltelefon | komórk | tlf | laptop | missive | shortwave
""")

# Whole lines that a program adds, by their beginning.
PROGRAM_LINES: tuple[str, ...] = phrases("""
    sent from mail for | sent from mail< | sent from spark | sent from front | sent via hey | sent from my watch
    get outlook for | get bluemail for | android için outlook | ios için outlook
    outlook für ios | outlook für android | outlook for ios | outlook for android
    holen sie sich outlook | laden sie outlook für | outlook für | télécharger outlook | téléchargez outlook
    obtenir outlook | obtenga outlook | obtener outlook | descarga outlook | scarica outlook | ottieni outlook
    download outlook | outlook downloaden | outlook voor | outlook para | outlook per | outlook pour
    obtenha o outlook | obter o outlook | pobierz program outlook | pobierz aplikację outlook | hämta outlook
    hent outlook | få outlook | hanki outlook | lataa outlook | získejte outlook | stáhnout outlook
    получите outlook | скачать outlook | загрузить outlook | 下载 outlook | 获取 outlook | 取得 outlook | outlook を入手
    virus-free. www.avast | virus-free.www.avast | virus-free. www.avg | virenfrei. www.avast | virenfrei.www.avast
    libre de virus. www.avast | libre de virus.www.avast | sans virus. www.avast | garanti sans virus
    privo di virus
    virusvrij. www.avast | virusvrij.www.avast | livre de vírus | wolny od wirusów | без вирусов
    this email has been checked for viruses | diese e-mail wurde von avast | cet e-mail a été vérifié
    diese email wurde von avast | do you yahoo!? | yahoo mail: | yahoo! mail | get your free email at
    please excuse brevity | please excuse any typos | please excuse my brevity | excuse my brevity
    please forgive typos
    bitte entschuldigen sie die kürze | diese nachricht wurde mit k-9 | please pardon any typos | excuse typos
    please consider the environment before printing | think before you print | bitte denken sie an die umwelt
    bitte prüfen sie, ob diese mail | pensez à l'environnement | avant d'imprimer | antes de imprimir
    prima di stampare | denk aan het milieu | p please consider the environment | da ich unterwegs bin
    to unsubscribe from this group | you received this message because you are subscribed to the google groups
""")

# What mail servers put above a text: the beginning of the first paragraph.
BANNERS: tuple[str, ...] = phrases("""
    caution: this email | caution: this e-mail | caution: external | caution this email | warning: this email
    warning: external | external email | external e-mail | external sender | external message | [external]
    this email originated from outside | this message originated from outside | this is an external email
    this message came from outside | this email was sent from outside | attention: this email | caution! this
    you don't often get email from | you don’t often get email from | some people who received this message
    achtung: diese e-mail | achtung: externe | vorsicht: diese e-mail | vorsicht: externe | externe e-mail
    externer absender
    diese e-mail stammt von außerhalb | diese e-mail kommt von außerhalb | sie erhalten nicht oft e-mails von
    sie erhalten nicht häufig e-mails von | einige personen, die diese nachricht erhalten haben | expéditeur externe
    attention : ce | attention: ce | courriel externe | vous n'obtenez pas souvent d'e-mail
    vous ne recevez pas souvent
    no suele recibir correo | precaución: este correo | correo externo | attenzione: questa | messaggio esterno
    non si ricevono spesso messaggi | u ontvangt niet vaak e-mail van | let op: deze e-mail | externe mail
    atenção: este e-mail | cuidado: este e-mail | e-mail externo | you do not often get email from
""")

# One of these is in each of them: "Achtung: Externe Festplatte defekt!" is a customer's.
BANNER_HINTS: tuple[str, ...] = phrases("""
    mail | message | sender | organi | link | attachment | absender | anhäng | anlagen | nachricht | courriel | expéditeur
    correo | mensaje | messaggi | mensagem | bericht | afzender | [external] | [extern]
""")

# Words of disclaimers, a language in each line; a last paragraph that has several of them was not written for this mail.
DISCLAIMERS: tuple[tuple[str, ...], ...] = tuple(
    phrases(line)
    for line in """
        confidential | intended | recipient | privileged | disclos | in error | notify | unauthori | attachments | distribut
        vertraulich | empfänger | bestimmt | irrtümlich | unbefugt | nicht gestattet | vernichten | informieren sie | anhänge
        confidentiel | destinataire | par erreur | divulg | expéditeur | pièces jointes | interdit | usage exclusif
        confidencial | destinatari | por error | por engano | divulg | remit | remet | prohibi | proibid | uso exclusivo
        riservat | destinatar | per errore | divulg | mittente | vietat | allegati | comunicazione
        vertrouwelijk | geadresseerde | bestemd | abusievelijk | afzender | verspreid | niet toegestaan | ten onrechte
        poufn | adresat | przeznaczon | omyłkowo | zabronion | załącznik | nadawc
        konfident | mottagar | avsedd | modtager | fortrolig | mottaker | avsändar | afsender | avsender | beregnet | ment for
        luottamuksel | vastaanottaja | tarkoitettu | lähettäj | erehdyks | liitteet
        důvěrn | příjemc | určen | omylem | odesílatel | přílohy | zakázán
        конфиденциальн | предназначен | получател | по ошибке | отправител | запрещен | вложени
    """.strip().splitlines()
)
# One of these must be there before the others are counted.
DISCLAIMER_HINTS: tuple[str, ...] = (
    *(words[0] for words in DISCLAIMERS),
    *phrases("fortrolig | privileged | bestimmt für | uso exclusivo"),
)
