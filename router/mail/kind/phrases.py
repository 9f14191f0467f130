"""How mail that answers by itself puts it, in the languages of the world. Lower case; tables only.

Each table holds weak signs: none of them makes a machine of a mail without a second one.
"""

from __future__ import annotations

from router.mail.kind.wordings import table

# What programs put in front of the subject of the mail that they answer.
AUTOMATIC = table(
    """
    automatic reply | automatic response | automated reply | automated response | auto reply | auto-reply
    autoreply | auto response | auto-response | autoresponse | autoresponder | auto: | out of office autoreply
    out of office auto-reply | out of office reply | out of the office reply | vacation reply
    automatische antwort | autom. antwort | automatische antwoord | automatische rückantwort
    automatische rückmeldung | automatische abwesenheit | abwesenheitsnotiz | abwesenheitsbenachrichtigung
    abwesenheitsnachricht | abwesenheitsmeldung | abwesenheitsinfo | réponse automatique | reponse automatique
    message d'absence | notification d'absence | avis d'absence | respuesta automática | respuesta automatica
    resposta automàtica | autorespuesta | risposta automatica | automatisch antwoord | automatisch bericht
    afwezigheidsbericht | afwezigheidsassistent | resposta automática | resposta automatica
    automatyczna odpowiedź | odpowiedź automatyczna | autoodpowiedź | autosvar | automatiskt svar
    automatisk svar | frånvaromeddelande | fraværsmelding | fraværsbesked | automaattinen vastaus
    poissaoloilmoitus | automatická odpověď | automatická odpoveď | автоматический ответ | автоответ
    автоматична відповідь | automatikus válasz | răspuns automat | otomatik yanıt | otomatik cevap
    samodejni odgovor | automatski odgovor | аутоматски одговор | автоматичен отговор | автоматски одговор
    automaatvastus | automaatne vastus | automatinis atsakymas | automātiska atbilde | automātiskā atbilde
    sjálfvirkt svar | thư trả lời tự động | trả lời tự động | ตอบกลับอัตโนมัติ | การตอบกลับอัตโนมัติ | balasan otomatis
    jawaban otomatis | balasan automatik | erantzun automatikoa | स्वचालित उत्तर | پاسخ خودکار
    yahoo! auto response
    αυτόματη απάντηση | 自動応答 | 自動返信 | 不在通知 | 不在応答 | 自动回复 | 自動回覆 | 自动答复 | 자동 회신
    자동 응답 | 부재중 | תשובה אוטומטית | מענה אוטומטי
    رد تلقائي | الرد التلقائي
    """
)

# Subjects about somebody who is away. People write them too: about their own holiday, a film, a plan.
AWAY_SUBJECTS = table(
    """
    out of office | out of the office | out-of-office | ooo | away from | i am away | i'm away | on vacation
    vacation | on holiday | on leave | annual leave | parental leave | maternity leave | not in the office
    abwesen | nicht im büro | im urlaub | außer haus | absence | absent | en congé | fuera de la oficina
    fuera de oficina | ausencia | de vacaciones | fuori sede | fuori ufficio | assente | in ferie | afwezig
    niet aanwezig | met vakantie | fora do escritório | ausente | ausência | de férias | nieobecn | poza biurem
    na urlopie | frånvar | semester | ikke på kontoret | ikke til stede | fravær | på ferie | poissa | lomalla
    mimo kancelář | nepřítom | dovolen | отсутств | вне офиса | в отпуске | házon kívül | szabadság
    ofis dışında | izinde | 不在 | 休暇 | 外出 | 休假 | 휴가
    """
)

# Texts of somebody who is away.
AWAY = table(
    """
    # English
    out of the office | out of office | away from the office | away from my desk | away from my email
    away from my e-mail | not in the office | i am currently away | i'm currently away | i am away | i'm away
    i will be away | i am on vacation | i'm on vacation | i am on holiday | i'm on holiday | i am on leave
    i am on annual leave | i am currently on | on annual leave | on parental leave | on maternity leave
    on paternity leave | on sick leave | limited access to email | limited access to e-mail
    limited access to my email | limited access to my e-mail | no access to my e-mail | no access to email
    will reply when i return | respond upon my return | reply upon my return | when i get back | i am out until
    i'm out until | no longer with the company | no longer works for | no longer works at | no longer work for
    no longer work at | no longer working for | no longer employed | this mailbox is not monitored
    this mailbox is unattended
    # German
    nicht im büro | nicht im hause | nicht im haus | außer haus | ausser haus | im urlaub | bin ich abwesend
    ich bin abwesend | derzeit abwesend | ich bin bis | ich bin vom | ich bin ab | bin derzeit nicht
    bin zurzeit nicht | bin momentan nicht | nicht erreichbar | in elternzeit | nicht weitergeleitet
    nicht mehr im unternehmen | nicht mehr für das unternehmen
    # French
    absent du bureau | absente du bureau | je suis absent | je suis actuellement | je serai absent | en congé
    en vacances | de retour le | à mon retour | actuellement absent | ne fait plus partie
    # Spanish
    fuera de la oficina | fuera de oficina | estoy de vacaciones | estaré de vacaciones | estaré fuera
    me encuentro fuera | me encuentro de | estaré ausente | a mi regreso | a mi vuelta | ya no trabaja
    # Italian
    fuori ufficio | fuori sede | sono in ferie | sarò in ferie | sono assente | sarò assente | al mio rientro
    al mio ritorno
    # Dutch
    niet op kantoor | ben ik afwezig | ik ben afwezig | met vakantie | op vakantie | niet aanwezig
    niet bereikbaar | bij terugkomst | niet meer werkzaam
    # Portuguese
    fora do escritório | estou de férias | estarei de férias | estarei ausente | encontro-me ausente
    encontro-me de férias | ausente do escritório | no meu regresso | quando regressar
    # Polish
    poza biurem | nieobecn | na urlopie | po powrocie
    # Swedish, Danish, Norwegian, Finnish
    inte på kontoret | på semester | jag har semester | jag är ledig | åter på kontoret | tillbaka den
    ikke på kontoret | ikke til stede | på ferie | holder ferie | har ferie | fraværende | tilbage den
    tilbake den | tilbage igen | tilbake igjen | tilbake på kontoret | tilbage på kontoret | poissa toimistolta
    olen lomalla
    # Czech and Slovak
    mimo kancelář | mimo kanceláře | nejsem v kanceláři | na dovolené | nepřítom | po návratu | čerpám dovolenou
    # Russian and Ukrainian
    отсутству | в отпуске | вне офиса | нет на рабочем месте | у відпустці
    # Hungarian, Romanian, Turkish, Greek
    házon kívül | szabadságon | în concediu | ofis dışında | izindeyim | ofiste değilim | εκτός γραφείου
    απουσιάζω
    # Croatian, Serbian, Slovene, Bulgarian, Baltic
    na godišnjem odmor | na godišnjem sam odmor | odsoten sem | na dopustu | на одмору сам | в отпуск съм
    olen puhkusel | atostogauju | esu atostogose | esmu atvaļinājumā
    # Hebrew, Arabic, Persian, Vietnamese, Indonesian, Thai
    מחוץ למשרד | בחופשה | خارج المكتب | في إجازة | در مرخصی | đang nghỉ phép | sedang cuti | ไม่อยู่ที่สำนักงาน
    # Japanese, Chinese, Korean
    不在にして | 不在にいた | 不在のため | 不在です | 不在となり | 休暇を | 休暇中 | 夏季休業 | 休業とさせて
    外出中 | 休假 | 不在办公室 | 不在辦公室 | 正在度假 | 外出
    부재중 | 휴가
    """
)

# Texts that say of themselves that a program has written them.
AUTOMATED = table(
    """
    this is an automatic reply | this is an automated reply | this is an automated response | automatic vacation
    this is an automatic response | automatically generated reply | this is an automated message
    dies ist eine automatische | dies ist eine automatisch | diese nachricht wurde automatisch
    ceci est une réponse automatique | ceci est un message automatique | esta es una respuesta automática
    questa è una risposta automatica | dit is een automatisch | esta é uma resposta automática
    to jest automatyczna | to jest wiadomość automatyczna | detta är ett automatiskt | dette er et automatisk
    toto je automatická | это автоматический ответ | 自動返信です | 自動送信 | 自动回复 | 自动发送
    """
)

# Texts and subjects of systems that say that a mail has come in.
RECEIVED = table(
    """
    received your | receipt of your | your request has been received | your message has been received
    your email has been received | your e-mail has been received | your inquiry has been received
    your enquiry has been received | your ticket has been | your case has been | ticket has been created
    ticket has been opened | has been received and | ticket created | got your request
    request for support has been created | case has been created | request has been received
    request received | has been assigned ticket | has been assigned the | has been assigned an id
    your ticket id is | your ticket number is | your reference number is | your case number is
    thank you for contacting | thanks for contacting | thank you for your request
    thank you for getting in touch | thank you for reaching out | thanks for reaching out
    thanks for getting in touch | this is an automated acknowledgement | this is an automated acknowledgment
    automatic acknowledgement | acknowledgement of receipt | confirmation of receipt
    # German
    eingangsbestätigung | empfangsbestätigung | anfrage ist bei uns eingegangen
    nachricht ist bei uns eingegangen | haben ihre anfrage | haben ihre nachricht | haben ihre e-mail
    haben deine anfrage | haben deine nachricht | ihre anfrage erhalten | ihre anfrage ist | ihre anfrage wurde
    ticket wurde | vielen dank für ihre anfrage | vielen dank für ihre nachricht | danke für ihre anfrage
    # French
    accusé de réception | avons bien reçu votre | bien reçu votre | votre demande a bien été
    votre demande a été | votre message a bien été
    # Spanish and Portuguese
    acuse de recibo | hemos recibido su | hemos recibido tu | su solicitud ha sido | recebemos a sua
    recebemos o seu | recebemos sua | recebemos seu
    # Italian
    abbiamo ricevuto la | abbiamo ricevuto il | conferma di ricezione | la sua richiesta è stata
    la tua richiesta è stata
    # Dutch
    ontvangstbevestiging | hebben uw bericht | hebben uw e-mail | hebben uw aanvraag | hebben je bericht
    uw bericht ontvangen | in goede orde ontvangen
    # Scandinavian, Finnish
    tagit emot ditt | mottagit ditt | modtaget din | mottatt din | mottatt ditt | vastaanottanut viestisi
    # Polish, Czech, Hungarian, Turkish
    potwierdzenie otrzymania | otrzymaliśmy | zgłoszenie zostało | přijali jsme | obdrželi jsme
    váš požadavek byl | megkaptuk | talebiniz alın
    # Russian
    ваш запрос принят | ваше обращение | ваша заявка | мы получили ваш
    # Japanese, Chinese, Korean
    お問い合わせありがとうございます | お問い合わせいただき | 受け付けました | 受付いたしました | 受付完了
    受け付けいたしました | 我们已收到 | 已收到您的 | 접수되었습니다
    """
)

# Subjects by which such a system is known even where nothing else marks it.
RECEIVED_SUBJECTS = table(
    """
    request received | we received your | we have received your | we've received your
    your request has been received | your ticket has been | ticket received | ticket created
    new ticket created | case created | thank you for contacting | acknowledgement | acknowledgment
    confirmation of receipt | eingangsbestätigung | empfangsbestätigung | ihre anfrage | ihre nachricht an
    accusé de réception | acuse de recibo | hemos recibido | abbiamo ricevuto | conferma di ricezione
    ontvangstbevestiging | recebemos | potwierdzenie otrzymania | 受付完了 | 受け付けました | お問い合わせありがとう
    """
)

# Systems that want a proof before they deliver.
CHALLENGES = table(
    """
    your message is being held | your message has been held | your message has been quarantined until
    your email is being held | your e-mail is being held | your mail has been held
    your email has not been delivered yet | message has not yet been delivered
    has not been delivered yet because | will be delivered once you | will be delivered as soon as you
    before your message can be delivered | before your email can be delivered | before i receive your
    to complete delivery | to release your message | to prove that you are | to prove you are
    prove that you're | verify that you are a real person | verify that you are human | verify that you are not
    verify that you're not | confirm that you are a real person | confirm that you are human
    was waitlisted | add yourself to my guest list | protecting myself from receiving junk
    complete the verification process | just this once, click | antispam uol | não precisarão ser confirmadas
    para que sua mensagem seja encaminhada | merci de vous authentifier | pour que votre mail soit
    à le faire qu'une seule fois | senders i have approved beforehand | has not been verified
    confirm you are human | confirm that you are not | you need to verify yourself | to verify yourself
    sender verification | verify your email address so that | challenge-response | challenge/response
    anti-spam challenge | this one-time | only need to do this once | only have to do this once
    added to my list of approved senders | added to the list of approved senders | approved senders
    allowed senders list | safe senders | to authenticate your message
    bestätigen sie, dass sie kein | erst zugestellt, wenn | prouver que vous
    confirmer que vous êtes | demuestre que | confirme que no es
    """
)
# What thanks for a mail; a person thanks so too.
COURTESIES = ("thank", "vielen dank", "danke", "お問い合わせ")
# The names of such a mail, which one may miss and ask for.
CONFIRMATIONS = table(
    """
    automatic acknowledgement | acknowledgement of receipt | confirmation of receipt | eingangsbestätigung
    empfangsbestätigung | accusé de réception | acuse de recibo | conferma di ricezione | ontvangstbevestiging
    potwierdzenie otrzymania
    """
)

# What a system promises in it.
HANDLED = table(
    """
    as soon as possible | shortly | within | will get back | will respond | will reply | will be in touch | will review
    will contact you | business day | working day | do not reply | ticket | case number | reference number
    schnellstmöglich | so schnell wie möglich | in kürze | umgehend | werktag | melden uns | nicht auf diese
    in bearbeitung | meilleurs délais | brefs délais | répondrons | ne pas répondre | lo antes posible
    a la brevedad | en breve | no responda | al più presto | non rispondere | zo snel mogelijk | zo spoedig mogelijk
    niet op deze | assim que possível | em breve | jak najszybciej | wkrótce | så snart | snarest | mahdollisimman pian
    co nejdříve | co možná nejdříve | в ближайшее время | как можно скорее | 折り返し | 担当者 | 尽快 | 儘快 | 빠른 시일
    """
)

CHALLENGE_SUBJECTS = table(
    """
    verification required | verify your email | verify your message | please verify
    please confirm your message | please confirm your email | please confirm that you
    confirmação de envio | confirm your message
    confirm your mail | confirmation required | sender verification | message pending
    message waiting for approval | your message is being held | action required to deliver | challenge
    """
)
# What they put behind the subject of the mail that they hold.
CHALLENGE_ENDS = ("verification required]", "(verification required)", "(verification)", "(action required)")
