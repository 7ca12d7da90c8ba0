<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de">
<context>
    <name>AlertText</name>
    <message>
        <source>Server not reachable</source>
        <translation>Server nicht erreichbar</translation>
    </message>
    <message>
        <source>The server cannot be reached.</source>
        <translation>Der Server ist nicht erreichbar.</translation>
    </message>
    <message>
        <source>Start it under Service; if it does not start, its log says why.</source>
        <translation>Starten Sie ihn unter „Dienst“; startet er nicht, sagt sein Protokoll, warum.</translation>
    </message>
    <message>
        <source>Disk takes nothing</source>
        <translation>Festplatte nimmt nichts an</translation>
    </message>
    <message>
        <source>Messages for people who are offline cannot be kept: the disk takes nothing.</source>
        <translation>Nachrichten für Abwesende können nicht aufbewahrt werden: Die Festplatte nimmt nichts an.</translation>
    </message>
    <message>
        <source>Redis does not answer</source>
        <translation>Redis antwortet nicht</translation>
    </message>
    <message>
        <source>Redis does not answer, so servers do not hear of each other.</source>
        <translation>Redis antwortet nicht, deshalb wissen die Server nichts voneinander.</translation>
    </message>
    <message>
        <source>Start Redis, or look whether REDIS_URL is right.</source>
        <translation>Starten Sie Redis, oder prüfen Sie, ob REDIS_URL stimmt.</translation>
    </message>
    <message>
        <source>Disk nearly full</source>
        <translation>Festplatte fast voll</translation>
    </message>
    <message>
        <source>Only %1 of %2 are free on the server&apos;s disk.</source>
        <translation>Auf der Festplatte des Servers sind nur noch %1 von %2 frei.</translation>
    </message>
    <message>
        <source>Delete what is not needed there, or move DATA_DIR to a larger disk.</source>
        <translation>Löschen Sie dort, was nicht gebraucht wird, oder legen Sie DATA_DIR auf eine größere Festplatte.</translation>
    </message>
    <message>
        <source>Slow delivery</source>
        <translation>Langsame Zustellung</translation>
    </message>
    <message>
        <source>One message in twenty takes %1 or more to be delivered.</source>
        <translation>Jede zwanzigste Nachricht braucht %1 oder länger, bis sie zugestellt ist.</translation>
    </message>
    <message>
        <source>Look at the processor and the disk of the server&apos;s computer, and at what else runs on it.</source>
        <translation>Sehen Sie nach Prozessor und Festplatte des Servers, und was sonst noch darauf läuft.</translation>
    </message>
    <message>
        <source>Server is behind</source>
        <translation>Server kommt nicht nach</translation>
    </message>
    <message>
        <source>The server is behind with its work, by %1.</source>
        <translation>Der Server ist mit seiner Arbeit %1 im Rückstand.</translation>
    </message>
    <message>
        <source>Look at what else uses the computer&apos;s processor, or give it more cores.</source>
        <translation>Sehen Sie nach, was den Prozessor sonst noch beansprucht, oder geben Sie ihm mehr Kerne.</translation>
    </message>
    <message>
        <source>Many refused connections</source>
        <translation>Viele abgewiesene Verbindungen</translation>
    </message>
    <message>
        <source>%1 connections were refused within a minute.</source>
        <translation>Innerhalb einer Minute wurden %1 Verbindungen abgewiesen.</translation>
    </message>
    <message>
        <source>Waiting messages grow</source>
        <translation>Wartende Nachrichten nehmen zu</translation>
    </message>
    <message>
        <source>See under Waiting for whom; somebody sends to people who do not come, or clients cannot connect.</source>
        <translation>Unter „Wartend“ steht, auf wen; jemand schreibt an Leute, die nicht kommen, oder Apps können sich nicht verbinden.</translation>
    </message>
    <message>
        <source>Messages wait for long</source>
        <translation>Nachrichten warten lange</translation>
    </message>
    <message>
        <source>A message has waited for %1 for somebody who is offline; %2 wait in all.</source>
        <translation>Eine Nachricht wartet schon %1 auf jemanden, der nicht da ist; insgesamt warten %2.</translation>
    </message>
    <message>
        <source>See under Waiting for whom; after INBOX_TTL it is dropped, and its sender told.</source>
        <translation>Unter „Wartend“ steht, auf wen; nach INBOX_TTL wird sie verworfen, und der Absender erfährt es.</translation>
    </message>
    <message>
        <source>No recent backup</source>
        <translation>Keine aktuelle Sicherung</translation>
    </message>
    <message>
        <source>The last backup is %1 old.</source>
        <translation>Die letzte Sicherung ist %1 alt.</translation>
    </message>
    <message>
        <source>No backup</source>
        <translation>Keine Sicherung</translation>
    </message>
    <message>
        <source>There is no backup, and the server has kept messages for %1.</source>
        <translation>Es gibt keine Sicherung, und der Server hat %1 lang Nachrichten aufgehoben.</translation>
    </message>
    <message>
        <source>Make one under Service, best every night.</source>
        <translation>Machen Sie eine unter „Dienst“, am besten jede Nacht.</translation>
    </message>
    <message>
        <source>Problem</source>
        <translation>Problem</translation>
    </message>
    <message>
        <source>Notice</source>
        <translation>Hinweis</translation>
    </message>
    <message>
        <source>Warning</source>
        <translation>Warnung</translation>
    </message>
    <message>
        <source>The server does not answer.</source>
        <translation>Der Server antwortet nicht.</translation>
    </message>
    <message>
        <source>If this lasts, end it where it runs, and start it again. Its log says what it did last.</source>
        <translation>Wenn das anhält, beenden Sie ihn dort, wo er läuft, und starten Sie ihn neu. Sein Protokoll sagt, was er zuletzt tat.</translation>
    </message>
    <message>
        <source>The server is there, but this monitor cannot watch it.</source>
        <translation>Der Server ist da, aber dieser Monitor kann ihn nicht beobachten.</translation>
    </message>
    <message>
        <source>The line above the pages says why.</source>
        <translation>Warum, sagt die Zeile über den Seiten.</translation>
    </message>
    <message>
        <source>Start it where it runs; this monitor cannot. If it does not start, its log says why.</source>
        <translation>Starten Sie ihn dort, wo er läuft; dieser Monitor kann es nicht. Wenn er nicht startet, sagt sein Protokoll, warum.</translation>
    </message>
    <message>
        <source>Free some space or repair the disk, and the server goes on by itself; where its files are gone, stop it and restore a backup.</source>
        <translation>Schaffen Sie Platz oder lassen Sie die Festplatte reparieren, dann macht der Server von selbst weiter; fehlen seine Dateien, halten Sie ihn an und stellen Sie eine Sicherung wieder her.</translation>
    </message>
    <message>
        <source>%1 messages wait for people who are offline, %2 more than %3 ago.</source>
        <translation>%1 Nachrichten warten auf Abwesende, %2 mehr als vor %3.</translation>
    </message>
    <message>
        <source>The log says each minute what was refused, and why.</source>
        <translation>Das Protokoll sagt jede Minute, was abgewiesen wurde, und warum.</translation>
    </message>
    <message>
        <source>Certificate ends soon</source>
        <translation>Zertifikat läuft bald ab</translation>
    </message>
    <message>
        <source>The server&apos;s certificate ends in %1.</source>
        <translation>Das Zertifikat des Servers läuft in %1 ab.</translation>
    </message>
    <message>
        <source>Renew it, and put the new files in the place of TLS_CERT and TLS_KEY: the server takes them within a minute. With certbot, look why it did not renew by itself.</source>
        <translation>Erneuern Sie es, und legen Sie die neuen Dateien dorthin, wo TLS_CERT und TLS_KEY sie nennen: Der Server nimmt sie binnen einer Minute. Mit certbot: Sehen Sie nach, warum es sich nicht selbst erneuert hat.</translation>
    </message>
    <message>
        <source>Certificate has ended</source>
        <translation>Zertifikat abgelaufen</translation>
    </message>
    <message>
        <source>The server&apos;s certificate ended %1 ago: browsers refuse to connect.</source>
        <translation>Das Zertifikat des Servers ist seit %1 abgelaufen: Browser verweigern die Verbindung.</translation>
    </message>
    <message>
        <source>A limit refuses</source>
        <translation>Eine Grenze weist ab</translation>
    </message>
    <message>
        <source>Limits have refused %1 connections and events within a minute.</source>
        <translation>Grenzen haben innerhalb einer Minute %1 Verbindungen und Ereignisse abgewiesen.</translation>
    </message>
    <message>
        <source>Look under People who that is; if they are your own, raise the limit under Service, Settings.</source>
        <translation>Sehen Sie unter Personen nach, wer das ist; sind es Ihre eigenen, erhöhen Sie die Grenze in den Einstellungen unter Dienst.</translation>
    </message>
    <message>
        <source>Nobody new can connect</source>
        <translation>Niemand Neues kann sich verbinden</translation>
    </message>
    <message>
        <source>Nobody new can connect: file descriptors have run out.</source>
        <translation>Niemand Neues kann sich verbinden: Die Dateideskriptoren sind ausgegangen.</translation>
    </message>
    <message>
        <source>Each connection needs one. Raise their limit (LimitNOFILE in the systemd unit, --ulimit nofile with Docker, ulimit -n), and look under People whether one address holds very many.</source>
        <translation>Jede Verbindung braucht einen. Erhöhen Sie ihre Grenze (LimitNOFILE in der systemd-Unit, --ulimit nofile bei Docker, ulimit -n), und sehen Sie unter Personen nach, ob eine Adresse sehr viele hält.</translation>
    </message>
    <message>
        <source>Nobody new can connect: memory is over MEMORY_WATERMARK.</source>
        <translation>Niemand Neues kann sich verbinden: Der Speicher liegt über MEMORY_WATERMARK.</translation>
    </message>
    <message>
        <source>Those who are connected go on. Look what takes the memory: very many clients, or slow ones that much waits for; give the machine more, or raise MEMORY_WATERMARK.</source>
        <translation>Wer verbunden ist, macht weiter. Sehen Sie nach, was den Speicher nimmt: sehr viele Programme, oder langsame, auf die viel wartet; geben Sie dem Rechner mehr, oder erhöhen Sie MEMORY_WATERMARK.</translation>
    </message>
    <message>
        <source>Nobody new can connect: there are as many connections as MAX_CONNECTIONS allows.</source>
        <translation>Niemand Neues kann sich verbinden: Es gibt so viele Verbindungen, wie MAX_CONNECTIONS erlaubt.</translation>
    </message>
    <message>
        <source>Raise MAX_CONNECTIONS if the machine bears more, or look under People who has so many.</source>
        <translation>Erhöhen Sie MAX_CONNECTIONS, wenn der Rechner mehr verträgt, oder sehen Sie unter Personen nach, wer so viele hat.</translation>
    </message>
    <message>
        <source>Platform does not take messages</source>
        <translation>Die Plattform nimmt keine Nachrichten an</translation>
    </message>
    <message>
        <source>The platform&apos;s own server has taken no messages for %1; %2 wait for it here.</source>
        <translation>Der Server der Plattform hat seit %1 keine Nachrichten angenommen; %2 warten hier auf ihn.</translation>
    </message>
    <message>
        <source>Look whether that server runs. People chat on meanwhile, nothing is lost, and it goes on by itself. The log says what that server answers.</source>
        <translation>Sehen Sie nach, ob dieser Server läuft. Es wird inzwischen weiter geschrieben, nichts geht verloren, und es geht von selbst weiter. Im Protokoll steht, was er antwortet.</translation>
    </message>
    <message>
        <source>No room for the platform&apos;s messages</source>
        <translation>Kein Platz für Nachrichten der Plattform</translation>
    </message>
    <message>
        <source>No message can be sent: so many wait for the platform&apos;s own server that there is no room for more (%1 of %2).</source>
        <translation>Es kann keine Nachricht gesendet werden: Auf den Server der Plattform warten so viele, dass kein Platz für weitere ist (%1 von %2).</translation>
    </message>
    <message>
        <source>Get that server to work again, or raise API_OUTBOX_MAX_BYTES if the disk has room.</source>
        <translation>Bringen Sie diesen Server wieder in Gang, oder erhöhen Sie API_OUTBOX_MAX_BYTES, wenn auf der Platte Platz ist.</translation>
    </message>
    <message>
        <source>Room for the platform&apos;s messages runs out</source>
        <translation>Der Platz für Nachrichten der Plattform geht aus</translation>
    </message>
    <message>
        <source>Messages that wait for the platform&apos;s own server take %1 of %2; when that is full, no message can be sent.</source>
        <translation>Nachrichten, die auf den Server der Plattform warten, belegen %1 von %2; ist das voll, kann keine Nachricht mehr gesendet werden.</translation>
    </message>
    <message>
        <source>Platform refuses messages</source>
        <translation>Die Plattform weist Nachrichten zurück</translation>
    </message>
    <message>
        <source>Messages that the platform&apos;s own server refuses are kept aside: %1. The others go on.</source>
        <translation>Nachrichten, die der Server der Plattform zurückweist, sind beiseitegelegt: %1. Die anderen gehen weiter.</translation>
    </message>
    <message>
        <source>Tell who looks after that server. When it is mended, they can have the messages sent again: POST /api/outbox/retry.</source>
        <translation>Sagen Sie es dem, der diesen Server betreut. Ist er in Ordnung gebracht, kann er die Nachrichten noch einmal senden lassen: POST /api/outbox/retry.</translation>
    </message>
</context>
<context>
    <name>ChartTip</name>
    <message numerus="yes">
        <source>and %Ln more</source>
        <translation>
            <numerusform>und %Ln weitere</numerusform>
            <numerusform>und %Ln weitere</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>CommandLine</name>
    <message>
        <source>Watches Concierge servers.</source>
        <translation>Beobachtet Concierge-Server.</translation>
    </message>
    <message>
        <source>Start without showing the window.</source>
        <translation>Ohne sichtbares Fenster starten.</translation>
    </message>
    <message>
        <source>Watch the server with this local socket, only.</source>
        <translation>Nur den Server mit diesem lokalen Socket beobachten.</translation>
    </message>
    <message>
        <source>name or path</source>
        <translation>Name oder Pfad</translation>
    </message>
</context>
<context>
    <name>Files</name>
    <message>
        <source>%1 could not be saved: %2</source>
        <translation>%1 konnte nicht gespeichert werden: %2</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
</context>
<context>
    <name>Format</name>
    <message>
        <source>%1 s</source>
        <translation>%1 s</translation>
    </message>
    <message>
        <source>%1 ms</source>
        <translation>%1 ms</translation>
    </message>
    <message>
        <source>%1 s</source>
        <comment>seconds</comment>
        <translation>%1 s</translation>
    </message>
    <message>
        <source>%1 min</source>
        <translation>%1 min</translation>
    </message>
    <message>
        <source>%1 h</source>
        <translation>%1 h</translation>
    </message>
    <message numerus="yes">
        <source>%Ln day(s)</source>
        <translation>
            <numerusform>%Ln Tag</numerusform>
            <numerusform>%Ln Tage</numerusform>
        </translation>
    </message>
    <message>
        <source>d MMM yyyy</source>
        <extracomment>A day as it is written, see QDate::toString()</extracomment>
        <translation>d. MMM yyyy</translation>
    </message>
    <message>
        <source>d MMM</source>
        <translation>d. MMM</translation>
    </message>
</context>
<context>
    <name>PlainLog</name>
    <message>
        <source>The server has stopped, after %1 ms.</source>
        <translation>Der Server hat angehalten, nach %1 ms.</translation>
    </message>
    <message>
        <source>The limit of open connections is reached: new ones must wait until others end.</source>
        <translation>Die Höchstzahl offener Verbindungen ist erreicht: Neue müssen warten, bis andere enden.</translation>
    </message>
    <message>
        <source>This computer lets the server have %1 open connections.</source>
        <translation>Dieser Computer erlaubt dem Server %1 offene Verbindungen.</translation>
    </message>
    <message>
        <source>There is no sign-in: everyone is who they say they are.</source>
        <translation>Es gibt keine Anmeldung: Jeder ist, wer er zu sein behauptet.</translation>
    </message>
    <message>
        <source>There is no sign-in, although this is a production server: let only trusted networks reach it.</source>
        <translation>Es gibt keine Anmeldung, obwohl dies ein Produktivserver ist: Lassen Sie nur vertrauenswürdige Netze heran.</translation>
    </message>
    <message>
        <source>People sign in with tokens; keys that these may be signed with: %1.</source>
        <translation>Die Anmeldung geht mit Tokens; Schlüssel, mit denen sie unterschrieben sein dürfen: %1.</translation>
    </message>
    <message>
        <source>The secret for tokens is short enough to be found out by trying: make a longer one.</source>
        <translation>Das Geheimnis für Tokens ist so kurz, dass es sich durch Probieren finden lässt: Nehmen Sie ein längeres.</translation>
    </message>
    <message>
        <source>The new keys for tokens cannot be used (%1). The ones before stay in use.</source>
        <translation>Die neuen Schlüssel für Tokens sind nicht zu gebrauchen (%1). Die bisherigen gelten weiter.</translation>
    </message>
    <message>
        <source>Any page that a user opens can connect as that user: name the pages in CLIENT_URL, or set AUTH_COOKIE=none.</source>
        <translation>Jede Seite, die jemand öffnet, kann sich als diese Person verbinden: Nennen Sie die Seiten in CLIENT_URL, oder setzen Sie AUTH_COOKIE=none.</translation>
    </message>
    <message>
        <source>The secret for tokens can be read in the list of processes, because it was given as a flag.</source>
        <translation>Das Geheimnis für Tokens ist in der Liste der Prozesse zu lesen, weil es als Argument übergeben wurde.</translation>
    </message>
    <message>
        <source>Clients come with tokens that never expire: who gets hold of one can use it until its key is changed.</source>
        <translation>Es kommen Programme mit Tokens, die nie ablaufen: Wer eines erbeutet, kann es benutzen, bis sein Schlüssel geändert wird.</translation>
    </message>
    <message>
        <source>Messages cannot be written to the disk (%1). What was acknowledged is safe.</source>
        <translation>Nachrichten können nicht auf die Festplatte geschrieben werden (%1). Was bestätigt wurde, ist sicher.</translation>
    </message>
    <message>
        <source>Messages are written to the disk again, after %1 s.</source>
        <translation>Nachrichten werden wieder auf die Festplatte geschrieben, nach %1 s.</translation>
    </message>
    <message>
        <source>A monitor of %1 watches the server.</source>
        <translation>Ein Monitor von %1 beobachtet den Server.</translation>
    </message>
    <message>
        <source>A monitor of %1 has gone.</source>
        <translation>Ein Monitor von %1 ist gegangen.</translation>
    </message>
    <message>
        <source>%1 has ended the connection %2.</source>
        <translation>%1 hat die Verbindung %2 beendet.</translation>
    </message>
    <message>
        <source>%1 has sent a message to everyone.</source>
        <translation>%1 hat allen eine Mitteilung geschickt.</translation>
    </message>
    <message>
        <source>%1 has told the server to stop.</source>
        <translation>%1 hat den Server angehalten.</translation>
    </message>
    <message>
        <source>%1 has made a backup: %2</source>
        <translation>%1 hat eine Sicherung gemacht: %2</translation>
    </message>
    <message>
        <source>%1 has set how much is logged to “%2”.</source>
        <translation>%1 hat den Umfang des Protokolls auf „%2“ gestellt.</translation>
    </message>
    <message>
        <source>Problem</source>
        <translation>Problem</translation>
    </message>
    <message>
        <source>Warning</source>
        <translation>Warnung</translation>
    </message>
    <message>
        <source>Information</source>
        <translation>Information</translation>
    </message>
    <message>
        <source>Detail</source>
        <translation>Einzelheit</translation>
    </message>
    <message>
        <source>Once a minute: connections %1 (at most %2), people online %4, messages since the start %3.</source>
        <translation>Jede Minute: Verbindungen %1 (höchstens %2), Personen online %4, Nachrichten seit dem Start %3.</translation>
    </message>
    <message numerus="yes">
        <source>The server is stopping; %Ln connection(s) are being closed.</source>
        <translation>
            <numerusform>Der Server hält an; %Ln Verbindung wird geschlossen.</numerusform>
            <numerusform>Der Server hält an; %Ln Verbindungen werden geschlossen.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Waiting for %Ln connection(s) to fetch their last messages.</source>
        <translation>
            <numerusform>Warten, bis %Ln Verbindung ihre letzten Nachrichten geholt hat.</numerusform>
            <numerusform>Warten, bis %Ln Verbindungen ihre letzten Nachrichten geholt haben.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln connection(s) did not fetch their last messages in time; these wait until their people come back.</source>
        <translation>
            <numerusform>%Ln Verbindung hat ihre letzten Nachrichten nicht rechtzeitig geholt; diese warten, bis die Person wiederkommt.</numerusform>
            <numerusform>%Ln Verbindungen haben ihre letzten Nachrichten nicht rechtzeitig geholt; diese warten, bis die Personen wiederkommen.</numerusform>
        </translation>
    </message>
    <message>
        <source>No messages wait for anybody.</source>
        <translation>Keine Nachrichten warten.</translation>
    </message>
    <message>
        <source>Messages that wait: %1; people they wait for: %2.</source>
        <translation>Wartende Nachrichten: %1; Personen, auf die sie warten: %2.</translation>
    </message>
    <message>
        <source>Only pages of http://localhost:3000 may connect, because CLIENT_URL is not set.</source>
        <translation>Nur Seiten von http://localhost:3000 dürfen sich verbinden, weil CLIENT_URL nicht gesetzt ist.</translation>
    </message>
    <message>
        <source>Who joins a chat that has the id of a user hears what other servers send to that user: give chats ids that no user has, or set CHAT_AUTH=token.</source>
        <translation>Wer in einen Chat eintritt, der die Kennung eines Benutzers hat, hört, was andere Server diesem Benutzer senden: Geben Sie Chats Kennungen, die kein Benutzer hat, oder setzen Sie CHAT_AUTH=token.</translation>
    </message>
    <message>
        <source>Redis answers again, after %2 s: the servers hear of each other.</source>
        <translation>Redis antwortet wieder, nach %2 s: Die Server hören voneinander.</translation>
    </message>
    <message>
        <source>This server works together with others, by Redis at %2.</source>
        <translation>Dieser Server arbeitet mit anderen zusammen, über Redis auf %2.</translation>
    </message>
    <message>
        <source>The servers do not hear of each other for now (%1). People here go on chatting.</source>
        <translation>Die Server hören zurzeit nichts voneinander (%1). Wer hier ist, kann weiter schreiben.</translation>
    </message>
    <message>
        <source>This server works alone until Redis answers (%1).</source>
        <translation>Dieser Server arbeitet allein, bis Redis antwortet (%1).</translation>
    </message>
    <message>
        <source>Other servers that this one works together with: %1.</source>
        <translation>Andere Server, mit denen dieser zusammenarbeitet: %1.</translation>
    </message>
    <message>
        <source>Clients can connect now, to %1.</source>
        <translation>Programme können sich jetzt verbinden, mit %1.</translation>
    </message>
    <message>
        <source>The server stops when the backup is made.</source>
        <translation>Der Server hält an, sobald die Sicherung gemacht ist.</translation>
    </message>
    <message>
        <source>What the charts show cannot be kept on the disk (%1).</source>
        <translation>Was die Diagramme zeigen, kann nicht auf der Festplatte behalten werden (%1).</translation>
    </message>
    <message>
        <source>What the charts show is kept on the disk again.</source>
        <translation>Was die Diagramme zeigen, wird wieder auf der Festplatte behalten.</translation>
    </message>
    <message>
        <source>A connection could not be taken (%1).</source>
        <translation>Eine Verbindung konnte nicht angenommen werden (%1).</translation>
    </message>
    <message>
        <source>A monitor of %1 was turned away: too many watch already.</source>
        <translation>Ein Monitor von %1 wurde abgewiesen: Es beobachten schon zu viele.</translation>
    </message>
    <message>
        <source>A monitor of %1 was left, because it did not read.</source>
        <translation>Ein Monitor von %1 wurde getrennt, weil er nicht las.</translation>
    </message>
    <message>
        <source>A monitor of %1 was turned away (%2).</source>
        <translation>Ein Monitor von %1 wurde abgewiesen (%2).</translation>
    </message>
    <message>
        <source>%1 could not end a connection: %2</source>
        <translation>%1 konnte eine Verbindung nicht beenden: %2</translation>
    </message>
    <message>
        <source>%1 could not send a message to everyone: %2</source>
        <translation>%1 konnte nicht allen eine Mitteilung schicken: %2</translation>
    </message>
    <message>
        <source>%1 could not make a backup: %2</source>
        <translation>%1 konnte keine Sicherung machen: %2</translation>
    </message>
    <message>
        <source>It is over: %1</source>
        <translation>Vorbei: %1</translation>
    </message>
    <message>
        <source>Alert: %1</source>
        <translation>Meldung: %1</translation>
    </message>
    <message>
        <source>Alert: %1. %2</source>
        <translation>Meldung: %1. %2</translation>
    </message>
    <message>
        <source>Other monitors cannot connect for now (%1).</source>
        <translation>Andere Monitore können sich gerade nicht verbinden (%1).</translation>
    </message>
    <message>
        <source>Monitors can connect again.</source>
        <translation>Monitore können sich wieder verbinden.</translation>
    </message>
    <message>
        <source>Refused in the last minute: %1.</source>
        <translation>In der letzten Minute abgewiesen: %1.</translation>
    </message>
</context>
<context>
    <name>RefusedText</name>
    <message>
        <source>page not in CLIENT_URL</source>
        <translation>Seite nicht in CLIENT_URL</translation>
    </message>
    <message>
        <source>came from a page that CLIENT_URL does not name</source>
        <translation>kamen von einer Seite, die CLIENT_URL nicht nennt</translation>
    </message>
    <message>
        <source>server was stopping</source>
        <translation>Server hielt an</translation>
    </message>
    <message>
        <source>came while the server was stopping</source>
        <translation>kamen, während der Server anhielt</translation>
    </message>
    <message>
        <source>not understood</source>
        <translation>nicht verstanden</translation>
    </message>
    <message>
        <source>sent what is no request</source>
        <translation>sandten etwas, was keine Anfrage ist</translation>
    </message>
    <message>
        <source>connection over</source>
        <translation>Verbindung vorbei</translation>
    </message>
    <message>
        <source>wanted to go on with a connection that is over</source>
        <translation>wollten eine Verbindung fortsetzen, die vorbei ist</translation>
    </message>
    <message>
        <source>unknown transport</source>
        <translation>unbekannter Transport</translation>
    </message>
    <message>
        <source>wanted a transport that there is not</source>
        <translation>wollten einen Transport, den es nicht gibt</translation>
    </message>
    <message>
        <source>wrong method</source>
        <translation>falsche Methode</translation>
    </message>
    <message>
        <source>asked in a way that is not for connecting (HTTP method)</source>
        <translation>fragten auf eine Art, die nicht zum Verbinden da ist (HTTP-Methode)</translation>
    </message>
    <message>
        <source>old client</source>
        <translation>altes Programm</translation>
    </message>
    <message>
        <source>came with a version of Socket.IO that the server does not speak</source>
        <translation>kamen mit einer Fassung von Socket.IO, die der Server nicht spricht</translation>
    </message>
    <message>
        <source>wrong path</source>
        <translation>falscher Pfad</translation>
    </message>
    <message>
        <source>asked for a path that there is not</source>
        <translation>fragten nach einem Pfad, den es nicht gibt</translation>
    </message>
    <message>
        <source>too large</source>
        <translation>zu groß</translation>
    </message>
    <message>
        <source>sent more than may be sent at once</source>
        <translation>sandten mehr, als auf einmal erlaubt ist</translation>
    </message>
    <message>
        <source>too slow</source>
        <translation>zu langsam</translation>
    </message>
    <message>
        <source>did not finish their request in time</source>
        <translation>beendeten ihre Anfrage nicht rechtzeitig</translation>
    </message>
    <message>
        <source>no token</source>
        <translation>kein Token</translation>
    </message>
    <message>
        <source>came without a token of sign-in</source>
        <translation>kamen ohne Token der Anmeldung</translation>
    </message>
    <message>
        <source>Look whether the front end sends a token: auth: { token }.</source>
        <translation>Prüfen Sie, ob die Webseite ein Token mitsendet: auth: { token }.</translation>
    </message>
    <message>
        <source>no real token</source>
        <translation>kein echtes Token</translation>
    </message>
    <message>
        <source>came with what is no token</source>
        <translation>kamen mit etwas, das kein Token ist</translation>
    </message>
    <message>
        <source>Look whether the front end sends the whole token, and nothing else.</source>
        <translation>Prüfen Sie, ob die Webseite das ganze Token sendet, und nichts anderes.</translation>
    </message>
    <message>
        <source>token of another kind</source>
        <translation>Token anderer Art</translation>
    </message>
    <message>
        <source>came with a token that is signed in a way that no key is for</source>
        <translation>kamen mit einem Token, für dessen Art von Unterschrift es keinen Schlüssel gibt</translation>
    </message>
    <message>
        <source>Tokens are signed with another algorithm than the server has a key for: look at JWT_SECRET and JWT_PUBLIC_KEY_FILE. If nobody changed that, somebody may be trying forged tokens.</source>
        <translation>Die Tokens sind mit einem anderen Verfahren unterschrieben, als der Server einen Schlüssel hat: Prüfen Sie JWT_SECRET und JWT_PUBLIC_KEY_FILE. Hat daran niemand etwas geändert, versucht vielleicht jemand gefälschte Tokens.</translation>
    </message>
    <message>
        <source>token of an unknown key</source>
        <translation>Token eines unbekannten Schlüssels</translation>
    </message>
    <message>
        <source>came with a token of a key that the server does not have</source>
        <translation>kamen mit einem Token eines Schlüssels, den der Server nicht hat</translation>
    </message>
    <message>
        <source>Give the server the new key too: a JWK Set in JWT_PUBLIC_KEY_FILE or JWT_SECRET_FILE.</source>
        <translation>Geben Sie dem Server auch den neuen Schlüssel: ein JWK Set in JWT_PUBLIC_KEY_FILE oder JWT_SECRET_FILE.</translation>
    </message>
    <message>
        <source>forged token</source>
        <translation>gefälschtes Token</translation>
    </message>
    <message>
        <source>came with a token whose signature is wrong</source>
        <translation>kamen mit einem Token, dessen Unterschrift falsch ist</translation>
    </message>
    <message>
        <source>Look whether the server has the key that tokens are signed with. If it has, somebody tries forged tokens.</source>
        <translation>Prüfen Sie, ob der Server den Schlüssel hat, mit dem die Tokens unterschrieben werden. Hat er ihn, versucht jemand gefälschte Tokens.</translation>
    </message>
    <message>
        <source>expired token</source>
        <translation>abgelaufenes Token</translation>
    </message>
    <message>
        <source>came with a token that has expired</source>
        <translation>kamen mit einem abgelaufenen Token</translation>
    </message>
    <message>
        <source>Look whether the front end fetches a fresh token before it connects, and whether the clocks are right.</source>
        <translation>Prüfen Sie, ob die Webseite vor dem Verbinden ein neues Token holt und ob die Uhren richtig gehen.</translation>
    </message>
    <message>
        <source>token of the future</source>
        <translation>Token der Zukunft</translation>
    </message>
    <message>
        <source>came with a token that is not valid yet</source>
        <translation>kamen mit einem Token, das noch nicht gilt</translation>
    </message>
    <message>
        <source>Look whether the clocks of this computer and of who issues the tokens are right.</source>
        <translation>Prüfen Sie, ob die Uhren dieses Computers und des Ausstellers der Tokens richtig gehen.</translation>
    </message>
    <message>
        <source>token of another issuer</source>
        <translation>Token eines anderen Ausstellers</translation>
    </message>
    <message>
        <source>came with a token of another issuer than JWT_ISSUER</source>
        <translation>kamen mit einem Token eines anderen Ausstellers als JWT_ISSUER</translation>
    </message>
    <message>
        <source>Look whether JWT_ISSUER names who issues the tokens.</source>
        <translation>Prüfen Sie, ob JWT_ISSUER den nennt, der die Tokens ausstellt.</translation>
    </message>
    <message>
        <source>token for others</source>
        <translation>Token für andere</translation>
    </message>
    <message>
        <source>came with a token that is not for JWT_AUDIENCE</source>
        <translation>kamen mit einem Token, das nicht für JWT_AUDIENCE ist</translation>
    </message>
    <message>
        <source>Look whether JWT_AUDIENCE names what the tokens are issued for.</source>
        <translation>Prüfen Sie, ob JWT_AUDIENCE nennt, wofür die Tokens ausgestellt werden.</translation>
    </message>
    <message>
        <source>token without a user</source>
        <translation>Token ohne Person</translation>
    </message>
    <message>
        <source>came with a token that names no user</source>
        <translation>kamen mit einem Token, das niemanden nennt</translation>
    </message>
    <message>
        <source>Look whether JWT_USER_CLAIM names the claim that holds the user&apos;s id.</source>
        <translation>Prüfen Sie, ob JWT_USER_CLAIM die Angabe nennt, in der die Kennung der Person steht.</translation>
    </message>
    <message>
        <source>%1 %2</source>
        <comment>how many, why</comment>
        <translation>%1 %2</translation>
    </message>
    <message>
        <source>most: %1</source>
        <translation>meist: %1</translation>
    </message>
    <message>
        <source>Look whether CLIENT_URL names the address of the front end.</source>
        <translation>Sehen Sie nach, ob CLIENT_URL die Adresse der Webseite nennt.</translation>
    </message>
    <message>
        <source>Clients are too old: give them a newer version of Socket.IO.</source>
        <translation>Programme sind zu alt: Geben Sie ihnen eine neuere Version von Socket.IO.</translation>
    </message>
    <message>
        <source>http instead of https</source>
        <translation>http statt https</translation>
    </message>
    <message>
        <source>came by http to a port that speaks https</source>
        <translation>kamen mit http zu einem Port, der https spricht</translation>
    </message>
    <message>
        <source>Give the front end the server&apos;s address with https:// in front.</source>
        <translation>Geben Sie der Webseite die Adresse des Servers mit https:// davor.</translation>
    </message>
    <message>
        <source>old encryption</source>
        <translation>veraltete Verschlüsselung</translation>
    </message>
    <message>
        <source>know only encryption that is no longer safe (TLS 1.1 or older)</source>
        <translation>kennen nur Verschlüsselung, die nicht mehr sicher ist (TLS 1.1 oder älter)</translation>
    </message>
    <message>
        <source>Clients are too old: they need a browser or system with TLS 1.2.</source>
        <translation>Programme sind zu alt: Sie brauchen einen Browser oder ein System mit TLS 1.2.</translation>
    </message>
    <message>
        <source>certificate not trusted</source>
        <translation>Zertifikat nicht vertraut</translation>
    </message>
    <message>
        <source>did not trust the server&apos;s certificate</source>
        <translation>haben dem Zertifikat des Servers nicht vertraut</translation>
    </message>
    <message>
        <source>Look whether the certificate is for this address, has not ended, and is in TLS_CERT with those that vouch for it.</source>
        <translation>Prüfen Sie, ob das Zertifikat für diese Adresse gilt, nicht abgelaufen ist und in TLS_CERT samt denen steht, die für es bürgen.</translation>
    </message>
    <message>
        <source>encryption failed</source>
        <translation>Verschlüsselung gescheitert</translation>
    </message>
    <message>
        <source>did not agree with the server on an encryption</source>
        <translation>haben sich mit dem Server auf keine Verschlüsselung geeinigt</translation>
    </message>
    <message>
        <source>encryption too slow</source>
        <translation>Verschlüsselung zu langsam</translation>
    </message>
    <message>
        <source>did not agree on an encryption in time</source>
        <translation>haben sich nicht rechtzeitig auf eine Verschlüsselung geeinigt</translation>
    </message>
    <message>
        <source>That is as it should be: they come back when the server runs again.</source>
        <translation>So soll es sein: Sie kommen wieder, wenn der Server wieder läuft.</translation>
    </message>
    <message>
        <source>Something that is no chat client asks, a scanner perhaps; the log at level debug says from where.</source>
        <translation>Da fragt etwas, was kein Chat-Programm ist, vielleicht ein Scanner; das Protokoll der Stufe debug sagt, woher.</translation>
    </message>
    <message>
        <source>After a restart that is as it should be; if it lasts, a proxy sends clients to different servers.</source>
        <translation>Nach einem Neustart soll es so sein; hält es an, schickt ein Proxy die Programme zu verschiedenen Servern.</translation>
    </message>
    <message>
        <source>Look whether the front end asks for polling and websocket only.</source>
        <translation>Prüfen Sie, ob die Webseite nur polling und websocket verlangt.</translation>
    </message>
    <message>
        <source>Something that is no chat client asks, a scanner perhaps.</source>
        <translation>Da fragt etwas, was kein Chat-Programm ist, vielleicht ein Scanner.</translation>
    </message>
    <message>
        <source>Look whether the front end and a proxy use the path that SOCKET_PATH names.</source>
        <translation>Prüfen Sie, ob Webseite und Proxy den Pfad verwenden, den SOCKET_PATH nennt.</translation>
    </message>
    <message>
        <source>Look what the front end sends at once; MAX_PAYLOAD is the most.</source>
        <translation>Sehen Sie nach, was die Webseite auf einmal sendet; MAX_PAYLOAD ist das Höchste.</translation>
    </message>
    <message>
        <source>Clients with bad networks do that; very many of them from one address are an attack.</source>
        <translation>Das tun Programme mit schlechtem Netz; sehr viele davon von einer Adresse sind ein Angriff.</translation>
    </message>
    <message>
        <source>page not in CLIENT_URL (polling)</source>
        <translation>Seite nicht in CLIENT_URL (Polling)</translation>
    </message>
    <message>
        <source>asked from a page that CLIENT_URL does not name, so the browser keeps the answer from it</source>
        <translation>fragten von einer Seite, die CLIENT_URL nicht nennt; der Browser enthält ihr die Antwort vor</translation>
    </message>
    <message>
        <source>server full</source>
        <translation>Server voll</translation>
    </message>
    <message>
        <source>found the server with as many connections as it may have</source>
        <translation>fanden den Server mit so vielen Verbindungen, wie er haben darf</translation>
    </message>
    <message>
        <source>Raise MAX_CONNECTIONS if the machine bears more.</source>
        <translation>Erhöhen Sie MAX_CONNECTIONS, wenn der Rechner mehr verträgt.</translation>
    </message>
    <message>
        <source>too many of one address</source>
        <translation>zu viele von einer Adresse</translation>
    </message>
    <message>
        <source>came from an address with as many connections as it may have</source>
        <translation>kamen von einer Adresse mit so vielen Verbindungen, wie sie haben darf</translation>
    </message>
    <message>
        <source>Look under People which address that is; if it is a proxy, name it in TRUST_PROXY; if it is an office, raise MAX_CONNECTIONS_PER_ADDRESS.</source>
        <translation>Sehen Sie unter Personen nach, welche Adresse das ist; ist es ein Proxy, nennen Sie ihn in TRUST_PROXY; ist es ein Büro, erhöhen Sie MAX_CONNECTIONS_PER_ADDRESS.</translation>
    </message>
    <message>
        <source>too fast from one address</source>
        <translation>zu schnell von einer Adresse</translation>
    </message>
    <message>
        <source>came too fast from one address</source>
        <translation>kamen zu schnell von einer Adresse</translation>
    </message>
    <message>
        <source>If the address is a proxy, name it in TRUST_PROXY; if it is an office, raise CONNECTION_RATE.</source>
        <translation>Ist die Adresse ein Proxy, nennen Sie ihn in TRUST_PROXY; ist es ein Büro, erhöhen Sie CONNECTION_RATE.</translation>
    </message>
    <message>
        <source>too many of one user</source>
        <translation>zu viele einer Person</translation>
    </message>
    <message>
        <source>registered a user who has as many connections as one may have</source>
        <translation>meldeten eine Person an, die so viele Verbindungen hat, wie sie haben darf</translation>
    </message>
    <message>
        <source>Look under People which user that is; if all visitors share one id, give them ids of their own.</source>
        <translation>Sehen Sie unter Personen nach, wer das ist; teilen sich alle Besucher eine Kennung, geben Sie ihnen eigene.</translation>
    </message>
    <message>
        <source>memory short</source>
        <translation>Speicher knapp</translation>
    </message>
    <message>
        <source>came while memory was over MEMORY_WATERMARK</source>
        <translation>kamen, während der Speicher über MEMORY_WATERMARK lag</translation>
    </message>
    <message>
        <source>Give the machine more memory, or raise MEMORY_WATERMARK.</source>
        <translation>Geben Sie dem Rechner mehr Speicher, oder erhöhen Sie MEMORY_WATERMARK.</translation>
    </message>
    <message>
        <source>said nothing</source>
        <translation>sagten nichts</translation>
    </message>
    <message>
        <source>connected and then said nothing, and were closed</source>
        <translation>verbanden sich, sagten dann nichts und wurden getrennt</translation>
    </message>
    <message>
        <source>Something that is no chat client connects, a scanner perhaps.</source>
        <translation>Da verbindet sich etwas, was kein Chat-Programm ist, vielleicht ein Scanner.</translation>
    </message>
    <message>
        <source>did not sign in</source>
        <translation>meldeten sich nicht an</translation>
    </message>
    <message>
        <source>did not say who they are in time, and were closed</source>
        <translation>sagten nicht rechtzeitig, wer sie sind, und wurden getrennt</translation>
    </message>
    <message>
        <source>Look whether the front end says newUser on each connection; REGISTER_TIMEOUT is the time for it.</source>
        <translation>Prüfen Sie, ob die Webseite auf jeder Verbindung newUser sagt; REGISTER_TIMEOUT ist die Zeit dafür.</translation>
    </message>
    <message>
        <source>events too fast</source>
        <translation>Ereignisse zu schnell</translation>
    </message>
    <message>
        <source>events came too fast on one connection</source>
        <translation>Ereignisse kamen zu schnell auf einer Verbindung</translation>
    </message>
    <message>
        <source>Look what the front end sends so often; EVENT_RATE is the most in a second.</source>
        <translation>Sehen Sie nach, was die Webseite so oft sendet; EVENT_RATE ist das Höchste in einer Sekunde.</translation>
    </message>
</context>
<context>
    <name>Servers</name>
    <message>
        <source>This computer</source>
        <translation>Dieser Computer</translation>
    </message>
</context>
<context>
    <name>Situation</name>
    <message>
        <source>The server is stopping</source>
        <translation>Der Server hält an</translation>
    </message>
    <message>
        <source>Last seen %1.</source>
        <translation>Zuletzt gesehen: %1.</translation>
    </message>
    <message>
        <source>Looking for the server…</source>
        <translation>Der Server wird gesucht …</translation>
    </message>
    <message>
        <source>The monitor is asking at %1.</source>
        <translation>Der Monitor fragt bei %1 an.</translation>
    </message>
    <message>
        <source>The server is being started…</source>
        <translation>Der Server wird gestartet …</translation>
    </message>
    <message>
        <source>This takes a few seconds.</source>
        <translation>Das dauert ein paar Sekunden.</translation>
    </message>
    <message>
        <source>The server is not running</source>
        <translation>Der Server läuft nicht</translation>
    </message>
    <message>
        <source>The monitor connects by itself as soon as it runs again.</source>
        <translation>Der Monitor verbindet sich von selbst, sobald er wieder läuft.</translation>
    </message>
    <message>
        <source>You may not watch this server</source>
        <translation>Sie dürfen diesen Server nicht beobachten</translation>
    </message>
    <message>
        <source>The server does not let this monitor in</source>
        <translation>Der Server lässt diesen Monitor nicht zu</translation>
    </message>
    <message>
        <source>It says: %1</source>
        <translation>Er sagt: %1</translation>
    </message>
    <message>
        <source>The server does not answer</source>
        <translation>Der Server antwortet nicht</translation>
    </message>
    <message>
        <source>This monitor does not understand the server</source>
        <translation>Dieser Monitor versteht den Server nicht</translation>
    </message>
    <message>
        <source>Install the same version of both. (%1)</source>
        <translation>Installieren Sie beide in derselben Version. (%1)</translation>
    </message>
    <message>
        <source>Running for %1.</source>
        <translation>Läuft schon %1.</translation>
    </message>
    <message>
        <source>Known: %1</source>
        <translation>Bekannt: %1</translation>
    </message>
    <message numerus="yes">
        <source>Everything else is working. They are delivered when these people come back.</source>
        <translation>
            <numerusform>Alles andere funktioniert. Sie wird zugestellt, sobald diese Person wiederkommt.</numerusform>
            <numerusform>Alles andere funktioniert. Sie werden zugestellt, sobald diese Personen wiederkommen.</numerusform>
        </translation>
    </message>
    <message>
        <source>Everything is working</source>
        <translation>Alles funktioniert</translation>
    </message>
    <message numerus="yes">
        <source>%Ln connection(s) left; it ends in %1 at the latest.</source>
        <translation>
            <numerusform>Noch %Ln Verbindung; er endet spätestens in %1.</numerusform>
            <numerusform>Noch %Ln Verbindungen; er endet spätestens in %1.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln connection(s) left.</source>
        <translation>
            <numerusform>Noch %Ln Verbindung.</numerusform>
            <numerusform>Noch %Ln Verbindungen.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>There are %Ln alert(s) in all.</source>
        <translation>
            <numerusform>Es gibt insgesamt %Ln Meldung.</numerusform>
            <numerusform>Es gibt insgesamt %Ln Meldungen.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln message(s) wait for people who are offline</source>
        <translation>
            <numerusform>%Ln Nachricht wartet auf jemanden, der nicht da ist</numerusform>
            <numerusform>%Ln Nachrichten warten auf Personen, die nicht da sind</numerusform>
        </translation>
    </message>
    <message>
        <source>Nobody has connected since the start. Apps connect to %1.</source>
        <translation>Seit dem Start hat sich niemand verbunden. Apps verbinden sich mit %1.</translation>
    </message>
    <message>
        <source>It is connected, but sends no figures.</source>
        <translation>Er ist verbunden, sendet aber keine Zahlen.</translation>
    </message>
    <message>
        <source>If this lasts, stop and start it under Service.</source>
        <translation>Wenn das anhält, halten Sie ihn unter Dienst an und starten Sie ihn neu.</translation>
    </message>
    <message>
        <source>If this lasts, end it where it runs, and start it again.</source>
        <translation>Wenn das anhält, beenden Sie ihn dort, wo er läuft, und starten Sie ihn neu.</translation>
    </message>
    <message>
        <source>If this lasts, end its process %1 where it runs, and start it again.</source>
        <translation>Wenn das anhält, beenden Sie seinen Prozess %1 dort, wo er läuft, und starten Sie ihn neu.</translation>
    </message>
    <message>
        <source>Ask for membership in the group “%1”, then sign in to this computer again.</source>
        <translation>Bitten Sie um Aufnahme in die Gruppe „%1“ und melden Sie sich dann an diesem Computer neu an.</translation>
    </message>
    <message>
        <source>Its socket is open to the user “%1” alone. Ask whoever runs the server to open it to you.</source>
        <translation>Sein Socket steht nur dem Benutzer „%1“ offen. Bitten Sie den, der den Server betreibt, ihn für Sie zu öffnen.</translation>
    </message>
    <message>
        <source>Ask whoever runs the server to open its socket to you: %1</source>
        <translation>Bitten Sie den, der den Server betreibt, dessen Socket für Sie zu öffnen: %1</translation>
    </message>
</context>
<context>
    <name>Tables</name>
    <message>
        <source>active</source>
        <translation>aktiv</translation>
    </message>
    <message>
        <source>idle</source>
        <translation>untätig</translation>
    </message>
    <message>
        <source>not signed in</source>
        <translation>nicht angemeldet</translation>
    </message>
    <message>
        <source>now</source>
        <translation>jetzt</translation>
    </message>
    <message>
        <source>%1 ago</source>
        <translation>%1 her</translation>
    </message>
    <message>
        <source>Person</source>
        <translation>Person</translation>
    </message>
    <message>
        <source>Status</source>
        <translation>Status</translation>
    </message>
    <message>
        <source>Devices</source>
        <translation>Geräte</translation>
    </message>
    <message>
        <source>Connection</source>
        <translation>Verbindung</translation>
    </message>
    <message>
        <source>polling</source>
        <translation>Abfrage</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>Adresse</translation>
    </message>
    <message>
        <source>Connected since</source>
        <translation>Verbunden seit</translation>
    </message>
    <message>
        <source>Last seen</source>
        <translation>Zuletzt aktiv</translation>
    </message>
    <message>
        <source>On its way</source>
        <translation>Unterwegs</translation>
    </message>
    <message>
        <source>Connection number</source>
        <translation>Verbindungsnummer</translation>
    </message>
    <message>
        <source>Messages</source>
        <translation>Nachrichten</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>The oldest came</source>
        <translation>Die älteste kam</translation>
    </message>
</context>
<context>
    <name>concierge::monitor::AlertCard</name>
    <message>
        <source>%1 since %2</source>
        <translation>%1 seit %2</translation>
    </message>
    <message>
        <source>over; from %1 to %2</source>
        <translation>vorbei; von %1 bis %2</translation>
    </message>
    <message>
        <source>What to do: %1</source>
        <translation>Was tun: %1</translation>
    </message>
    <message>
        <source>Acknowledged</source>
        <translation>Zur Kenntnis genommen</translation>
    </message>
    <message>
        <source>Acknowledge</source>
        <translation>Zur Kenntnis nehmen</translation>
    </message>
    <message>
        <source>I know of it: no more notifications, and the banner makes room for others</source>
        <translation>Ich weiß davon: keine Benachrichtigungen mehr, und oben ist Platz für anderes</translation>
    </message>
    <message>
        <source>Acknowledge: %1</source>
        <translation>Zur Kenntnis nehmen: %1</translation>
    </message>
</context>
<context>
    <name>concierge::monitor::AlertsPage</name>
    <message>
        <source>Alerts</source>
        <translation>Meldungen</translation>
    </message>
    <message>
        <source>No alerts</source>
        <translation>Keine Meldungen</translation>
    </message>
    <message>
        <source>When something needs your attention, it is listed here, with what to do.</source>
        <translation>Was Ihre Aufmerksamkeit braucht, steht hier, und was zu tun ist.</translation>
    </message>
    <message>
        <source>Its alerts are not known.</source>
        <translation>Seine Meldungen sind nicht bekannt.</translation>
    </message>
</context>
<context>
    <name>concierge::monitor::Banner</name>
    <message>
        <source>Start the server</source>
        <translation>Server starten</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>Zeigen</translation>
    </message>
    <message>
        <source>What to do</source>
        <translation>Was tun?</translation>
    </message>
</context>
<context>
    <name>concierge::monitor::Chart</name>
    <message>
        <source>started</source>
        <translation>gestartet</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>beendet</translation>
    </message>
    <message>
        <source>alert</source>
        <translation>Meldung</translation>
    </message>
</context>
<context>
    <name>concierge::monitor::CsvExport</name>
    <message>
        <source>%1 could not be saved: %2</source>
        <translation>%1 konnte nicht gespeichert werden: %2</translation>
    </message>
    <message>
        <source>The server has gone.</source>
        <translation>Der Server ist weg.</translation>
    </message>
</context>
<context>
    <name>concierge::monitor::FeedClient</name>
    <message>
        <source>The connection to the server has ended.</source>
        <translation>Die Verbindung zum Server ist beendet.</translation>
    </message>
    <message>
        <source>A line of more than %1 bytes came.</source>
        <translation>Eine Zeile von mehr als %1 Bytes kam an.</translation>
    </message>
    <message>
        <source>The first line was no greeting.</source>
        <translation>Die erste Zeile war keine Begrüßung.</translation>
    </message>
    <message>
        <source>The greeting names no version of the protocol.</source>
        <translation>Die Begrüßung nennt keine Version des Protokolls.</translation>
    </message>
    <message>
        <source>The server is not connected.</source>
        <translation>Der Server ist nicht verbunden.</translation>
    </message>
    <message>
        <source>The server has not answered %1 requests yet.</source>
        <translation>Der Server hat %1 Anfragen noch nicht beantwortet.</translation>
    </message>
    <message>
        <source>The server did not answer in time.</source>
        <translation>Der Server hat nicht rechtzeitig geantwortet.</translation>
    </message>
</context>
<context>
    <name>concierge::monitor::ListPage</name>
    <message>
        <source>The list could not be fetched</source>
        <translation>Die Liste konnte nicht geholt werden</translation>
    </message>
    <message>
        <source>Fetching the list…</source>
        <translation>Die Liste wird geholt …</translation>
    </message>
    <message>
        <source>Nothing matches “%1”</source>
        <translation>Nichts passt zu „%1“</translation>
    </message>
    <message>
        <source>Change or clear the search to see the rest.</source>
        <translation>Ändern oder leeren Sie die Suche, um den Rest zu sehen.</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>Suchen</translation>
    </message>
    <message>
        <source>Search in this list</source>
        <translation>In dieser Liste suchen</translation>
    </message>
    <message>
        <source>Search in this list (Ctrl+F)</source>
        <translation>In dieser Liste suchen (Strg+F)</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>Exportieren …</translation>
    </message>
    <message>
        <source>Export this list as a table</source>
        <translation>Diese Liste als Tabelle exportieren</translation>
    </message>
    <message>
        <source>Save the list</source>
        <translation>Liste speichern</translation>
    </message>
    <message>
        <source>Saving: %1 of %2</source>
        <translation>Wird gespeichert: %1 von %2</translation>
    </message>
    <message>
        <source>The list is saved: %1</source>
        <translation>Die Liste ist gespeichert: %1</translation>
    </message>
    <message>
        <source>This list appears as soon as the server answers.</source>
        <translation>Diese Liste erscheint, sobald der Server antwortet.</translation>
    </message>
</context>
<context>
    <name>concierge::monitor::LocalServer</name>
    <message>
        <source>It is a service of this computer (%1).</source>
        <translation>Er ist ein Dienst dieses Computers (%1).</translation>
    </message>
    <message>
        <source>No service “concierge” is installed here, and the server&apos;s program was not found.</source>
        <translation>Hier ist kein Dienst „concierge“ installiert, und das Programm des Servers wurde nicht gefunden.</translation>
    </message>
    <message>
        <source>No service is installed here: the monitor starts the server itself. It goes on when the monitor is closed; its log is %1.</source>
        <translation>Hier ist kein Dienst installiert: Der Monitor startet den Server selbst. Er läuft weiter, wenn der Monitor geschlossen wird; sein Protokoll ist %1.</translation>
    </message>
    <message>
        <source>%1 cannot be started: %2</source>
        <translation>%1 kann nicht gestartet werden: %2</translation>
    </message>
    <message>
        <source>The server was started, but does not answer.</source>
        <translation>Der Server wurde gestartet, antwortet aber nicht.</translation>
    </message>
    <message>
        <source>The server was started, but does not answer. The last line of its log: %1</source>
        <translation>Der Server wurde gestartet, antwortet aber nicht. Die letzte Zeile seines Protokolls: %1</translation>
    </message>
    <message>
        <source>The server&apos;s program was not found on this computer.</source>
        <translation>Das Programm des Servers wurde auf diesem Computer nicht gefunden.</translation>
    </message>
    <message>
        <source>Restoring has failed.</source>
        <translation>Das Wiederherstellen ist fehlgeschlagen.</translation>
    </message>
    <message>
        <source>The server was started, but has ended.</source>
        <translation>Der Server wurde gestartet, ist aber zu Ende.</translation>
    </message>
    <message>
        <source>The server was started, but has ended. The last line of its log: %1</source>
        <translation>Der Server wurde gestartet, ist aber zu Ende. Die letzte Zeile seines Protokolls: %1</translation>
    </message>
</context>
<context>
    <name>concierge::monitor::LogModel</name>
    <message>
        <source>Time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>Art</translation>
    </message>
    <message>
        <source>What happened</source>
        <translation>Was geschah</translation>
    </message>
    <message numerus="yes">
        <source>%Ln line(s) left out</source>
        <translation>
            <numerusform>%Ln Zeile ausgelassen</numerusform>
            <numerusform>%Ln Zeilen ausgelassen</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>concierge::monitor::LogPage</name>
    <message>
        <source>Information</source>
        <translation>Information</translation>
    </message>
    <message>
        <source>No line matches</source>
        <translation>Keine Zeile passt</translation>
    </message>
    <message>
        <source>Change the search or the kind to see the rest.</source>
        <translation>Ändern Sie die Suche oder die Art, um den Rest zu sehen.</translation>
    </message>
    <message>
        <source>Nothing has happened yet</source>
        <translation>Noch ist nichts geschehen</translation>
    </message>
    <message>
        <source>What the server says from now on is listed here, the latest at the bottom.</source>
        <translation>Was der Server von jetzt an sagt, steht hier, das Neueste unten.</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>Suchen</translation>
    </message>
    <message>
        <source>Search in the log</source>
        <translation>Im Protokoll suchen</translation>
    </message>
    <message>
        <source>Search in the log (Ctrl+F)</source>
        <translation>Im Protokoll suchen (Strg+F)</translation>
    </message>
    <message>
        <source>Problems only</source>
        <translation>Nur Probleme</translation>
    </message>
    <message>
        <source>Warnings and worse</source>
        <translation>Ab Warnungen</translation>
    </message>
    <message>
        <source>Information and worse</source>
        <translation>Ab Informationen</translation>
    </message>
    <message>
        <source>Everything</source>
        <translation>Alles</translation>
    </message>
    <message>
        <source>Which lines to show</source>
        <translation>Welche Zeilen zu sehen sind</translation>
    </message>
    <message>
        <source>In plain words</source>
        <translation>In einfachen Worten</translation>
    </message>
    <message>
        <source>Technical</source>
        <translation>Technisch</translation>
    </message>
    <message>
        <source>How to show them</source>
        <translation>Wie sie zu sehen sind</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>Weiter</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>Show new lines again</source>
        <translation>Neue Zeilen wieder zeigen</translation>
    </message>
    <message>
        <source>Hold the log</source>
        <translation>Das Protokoll festhalten</translation>
    </message>
    <message>
        <source>Save…</source>
        <translation>Speichern …</translation>
    </message>
    <message>
        <source>Save these lines</source>
        <translation>Diese Zeilen speichern</translation>
    </message>
    <message>
        <source>Log of the server</source>
        <translation>Protokoll des Servers</translation>
    </message>
    <message>
        <source>Save the log</source>
        <translation>Protokoll speichern</translation>
    </message>
    <message>
        <source>The log is saved: %1</source>
        <translation>Das Protokoll ist gespeichert: %1</translation>
    </message>
    <message numerus="yes">
        <source>%Ln new line(s)</source>
        <translation>
            <numerusform>%Ln neue Zeile</numerusform>
            <numerusform>%Ln neue Zeilen</numerusform>
        </translation>
    </message>
    <message>
        <source>Its log appears here as soon as the server answers.</source>
        <translation>Sein Protokoll erscheint hier, sobald der Server antwortet.</translation>
    </message>
</context>
<context>
    <name>concierge::monitor::MainWindow</name>
    <message>
        <source>Alerts (%1)</source>
        <translation>Meldungen (%1)</translation>
    </message>
    <message>
        <source>Alerts</source>
        <translation>Meldungen</translation>
    </message>
    <message>
        <source>Concierge Monitor</source>
        <translation>Concierge-Monitor</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Close this message</source>
        <translation>Diese Mitteilung schließen</translation>
    </message>
    <message>
        <source>Server that is shown</source>
        <translation>Gezeigter Server</translation>
    </message>
    <message>
        <source>Servers…</source>
        <translation>Server …</translation>
    </message>
    <message>
        <source>Add, rename and remove servers</source>
        <translation>Server hinzufügen, umbenennen und entfernen</translation>
    </message>
    <message>
        <source>Preferences</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Preferences of this monitor</source>
        <translation>Einstellungen dieses Monitors</translation>
    </message>
    <message>
        <source>Colours, language, notifications (Ctrl+,)</source>
        <translation>Farben, Sprache, Benachrichtigungen (Strg+,)</translation>
    </message>
    <message>
        <source>Overview</source>
        <translation>Überblick</translation>
    </message>
    <message>
        <source>People</source>
        <translation>Personen</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>Wartend</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>Protokoll</translation>
    </message>
    <message>
        <source>Service</source>
        <translation>Dienst</translation>
    </message>
    <message>
        <source>%1 (Ctrl+%2)</source>
        <translation>%1 (Strg+%2)</translation>
    </message>
    <message>
        <source>Pages</source>
        <translation>Seiten</translation>
    </message>
</context>
<context>
    <name>concierge::monitor::OtherServers</name>
    <message>
        <source>Other servers</source>
        <translation>Andere Server</translation>
    </message>
    <message>
        <source>and %1 more</source>
        <translation>und %1 weitere</translation>
    </message>
    <message>
        <source>Another server: %1</source>
        <translation>Ein anderer Server: %1</translation>
    </message>
</context>
<context>
    <name>concierge::monitor::OverviewPage</name>
    <message>
        <source>10 min</source>
        <translation>10 min</translation>
    </message>
    <message>
        <source>1 h</source>
        <translation>1 h</translation>
    </message>
    <message>
        <source>24 h</source>
        <translation>24 h</translation>
    </message>
    <message>
        <source>7 days</source>
        <translation>7 Tage</translation>
    </message>
    <message>
        <source>90 days</source>
        <translation>90 Tage</translation>
    </message>
    <message>
        <source>Show the last 10 minutes</source>
        <translation>Die letzten 10 Minuten zeigen</translation>
    </message>
    <message>
        <source>Show the last hour</source>
        <translation>Die letzte Stunde zeigen</translation>
    </message>
    <message>
        <source>Show the last 24 hours</source>
        <translation>Die letzten 24 Stunden zeigen</translation>
    </message>
    <message>
        <source>Show the last 7 days</source>
        <translation>Die letzten 7 Tage zeigen</translation>
    </message>
    <message>
        <source>Show the last 90 days</source>
        <translation>Die letzten 90 Tage zeigen</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Exportieren</translation>
    </message>
    <message>
        <source>Export the charts</source>
        <translation>Diagramme exportieren</translation>
    </message>
    <message>
        <source>As a picture (PNG)…</source>
        <translation>Als Bild (PNG) …</translation>
    </message>
    <message>
        <source>As a table (CSV)…</source>
        <translation>Als Tabelle (CSV) …</translation>
    </message>
    <message>
        <source>Connections and people</source>
        <translation>Verbindungen und Personen</translation>
    </message>
    <message>
        <source>number</source>
        <translation>Anzahl</translation>
    </message>
    <message>
        <source>Connections</source>
        <translation>Verbindungen</translation>
    </message>
    <message>
        <source>People online</source>
        <translation>Personen online</translation>
    </message>
    <message>
        <source>Messages</source>
        <translation>Nachrichten</translation>
    </message>
    <message>
        <source>a second</source>
        <translation>pro Sekunde</translation>
    </message>
    <message>
        <source>received</source>
        <translation>empfangen</translation>
    </message>
    <message>
        <source>delivered</source>
        <translation>zugestellt</translation>
    </message>
    <message>
        <source>read</source>
        <translation>gelesen</translation>
    </message>
    <message>
        <source>Times are this computer&apos;s (%1)</source>
        <translation>Zeiten dieses Computers (%1)</translation>
    </message>
    <message>
        <source>The first figures come in a second.</source>
        <translation>Die ersten Zahlen kommen in einer Sekunde.</translation>
    </message>
    <message>
        <source>Fetching the history…</source>
        <translation>Der Verlauf wird geholt …</translation>
    </message>
    <message>
        <source>The server started</source>
        <translation>Der Server startete</translation>
    </message>
    <message>
        <source>The server stopped</source>
        <translation>Der Server hielt an</translation>
    </message>
    <message>
        <source>Save the charts as a picture</source>
        <translation>Diagramme als Bild speichern</translation>
    </message>
    <message>
        <source>The picture is saved: %1</source>
        <translation>Das Bild ist gespeichert: %1</translation>
    </message>
    <message>
        <source>The picture could not be saved as %1</source>
        <translation>Das Bild konnte nicht als %1 gespeichert werden</translation>
    </message>
    <message>
        <source>Save the charts as a table</source>
        <translation>Diagramme als Tabelle speichern</translation>
    </message>
    <message>
        <source>The table is saved: %1</source>
        <translation>Die Tabelle ist gespeichert: %1</translation>
    </message>
    <message>
        <source>Figures appear here as soon as the server sends some.</source>
        <translation>Zahlen erscheinen hier, sobald der Server welche sendet.</translation>
    </message>
</context>
<context>
    <name>concierge::monitor::Page</name>
    <message>
        <source>No server is chosen</source>
        <translation>Kein Server ist ausgewählt</translation>
    </message>
</context>
<context>
    <name>concierge::monitor::PeoplePage</name>
    <message>
        <source>People and their connections</source>
        <translation>Personen und ihre Verbindungen</translation>
    </message>
    <message>
        <source>Disconnect…</source>
        <translation>Trennen …</translation>
    </message>
    <message>
        <source>Disconnect what is selected</source>
        <translation>Ausgewählte trennen</translation>
    </message>
    <message>
        <source>End the selected connections (Del)</source>
        <translation>Ausgewählte Verbindungen beenden (Entf)</translation>
    </message>
    <message>
        <source>Nobody is connected</source>
        <translation>Niemand ist verbunden</translation>
    </message>
    <message>
        <source>As soon as somebody opens the app, their connection is listed here.</source>
        <translation>Sobald jemand die App öffnet, steht die Verbindung hier.</translation>
    </message>
    <message>
        <source>%1 of %2 connections</source>
        <translation>%1 von %2 Verbindungen</translation>
    </message>
    <message>
        <source>Disconnect %1?</source>
        <translation>%1 trennen?</translation>
    </message>
    <message>
        <source>Disconnect</source>
        <translation>Trennen</translation>
    </message>
    <message>
        <source>Not everyone could be disconnected: %1</source>
        <translation>Nicht alle konnten getrennt werden: %1</translation>
    </message>
    <message numerus="yes">
        <source>%Ln connection(s)</source>
        <translation>
            <numerusform>%Ln Verbindung</numerusform>
            <numerusform>%Ln Verbindungen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln connection(s) ended.</source>
        <translation>
            <numerusform>%Ln Verbindung beendet.</numerusform>
            <numerusform>%Ln Verbindungen beendet.</numerusform>
        </translation>
    </message>
    <message>
        <source>Most apps stay offline then until they are opened anew. Messages are kept for that time.</source>
        <translation>Die meisten Apps bleiben dann offline, bis sie neu geöffnet werden. Nachrichten werden so lange aufbewahrt.</translation>
    </message>
</context>
<context>
    <name>concierge::monitor::PreferencesDialog</name>
    <message>
        <source>Tell me when something goes wrong</source>
        <translation>Benachrichtigen, wenn etwas schiefgeht</translation>
    </message>
    <message>
        <source>Start with the window minimised</source>
        <translation>Mit verkleinertem Fenster starten</translation>
    </message>
    <message>
        <source>Keep watching when the window is closed</source>
        <translation>Weiter beobachten, wenn das Fenster geschlossen ist</translation>
    </message>
    <message>
        <source>Preferences</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>Wie das System</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Hell</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Dunkel</translation>
    </message>
    <message>
        <source>Colours</source>
        <translation>Farben</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>Sprache</translation>
    </message>
    <message>
        <source>This desktop has no tray for notifications.</source>
        <translation>Dieser Desktop hat keinen Infobereich für Benachrichtigungen.</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Speichern</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
</context>
<context>
    <name>concierge::monitor::ServersDialog</name>
    <message>
        <source>Remove</source>
        <translation>Entfernen</translation>
    </message>
    <message>
        <source>Servers</source>
        <translation>Server</translation>
    </message>
    <message>
        <source>Servers that are watched</source>
        <translation>Beobachtete Server</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Local socket</source>
        <translation>Lokaler Socket</translation>
    </message>
    <message>
        <source>This computer&apos;s own (%1)</source>
        <translation>Der dieses Computers (%1)</translation>
    </message>
    <message>
        <source>Remove this server from the list</source>
        <translation>Diesen Server aus der Liste entfernen</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>Hinzufügen</translation>
    </message>
    <message>
        <source>Add a server to the list</source>
        <translation>Einen Server zur Liste hinzufügen</translation>
    </message>
    <message>
        <source>A server on another computer is watched over SSH: forward its socket to a file here, and name that file. The manual says how.</source>
        <translation>Ein Server auf einem anderen Computer wird über SSH beobachtet: Leiten Sie seinen Socket in eine Datei hier um und nennen Sie diese. Wie das geht, steht im Handbuch.</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Speichern</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>New server</source>
        <translation>Neuer Server</translation>
    </message>
</context>
<context>
    <name>concierge::monitor::ServiceControl</name>
    <message>
        <source>Windows services</source>
        <translation>Windows-Dienste</translation>
    </message>
</context>
<context>
    <name>concierge::monitor::ServicePage</name>
    <message>
        <source>The backup is restored.</source>
        <translation>Die Sicherung ist wiederhergestellt.</translation>
    </message>
    <message>
        <source>Stop the server?</source>
        <translation>Server anhalten?</translation>
    </message>
    <message>
        <source>Everybody is disconnected, and nobody can connect until it is started again. Messages are kept.</source>
        <translation>Alle werden getrennt, und niemand kann sich verbinden, bis er wieder gestartet wird. Nachrichten bleiben erhalten.</translation>
    </message>
    <message>
        <source>Stop the server</source>
        <translation>Server anhalten</translation>
    </message>
    <message>
        <source>The server could not be stopped: %1</source>
        <translation>Der Server konnte nicht angehalten werden: %1</translation>
    </message>
    <message>
        <source>The server says: %1</source>
        <translation>Der Server sagt: %1</translation>
    </message>
    <message>
        <source>Make a backup</source>
        <translation>Sicherung machen</translation>
    </message>
    <message>
        <source>The backup is being made…</source>
        <translation>Die Sicherung wird gemacht …</translation>
    </message>
    <message>
        <source>The backup is made: %1, %2</source>
        <translation>Die Sicherung ist gemacht: %1, %2</translation>
    </message>
    <message>
        <source>Restore a backup</source>
        <translation>Sicherung wiederherstellen</translation>
    </message>
    <message>
        <source>Backups (*.db);;All files (*)</source>
        <translation>Sicherungen (*.db);;Alle Dateien (*)</translation>
    </message>
    <message>
        <source>Restore this backup?</source>
        <translation>Diese Sicherung wiederherstellen?</translation>
    </message>
    <message>
        <source>What waits for people becomes what it was when the backup was made. What there is now is kept beside it.</source>
        <translation>Was auf Personen wartet, wird so, wie es zur Zeit der Sicherung war. Was jetzt da ist, bleibt daneben erhalten.</translation>
    </message>
    <message>
        <source>Restore</source>
        <translation>Wiederherstellen</translation>
    </message>
    <message>
        <source>Save a support bundle</source>
        <translation>Paket für den Support speichern</translation>
    </message>
    <message>
        <source>The bundle is saved, without secrets. Read it before you send it: %1</source>
        <translation>Das Paket ist gespeichert, ohne Geheimnisse. Lesen Sie es, bevor Sie es verschicken: %1</translation>
    </message>
    <message>
        <source>Tell everyone?</source>
        <translation>Allen mitteilen?</translation>
    </message>
    <message>
        <source>Everybody who is connected sees: “%1”</source>
        <translation>Alle, die verbunden sind, sehen: „%1“</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>Senden</translation>
    </message>
    <message>
        <source>The server logs at this level until it is restarted.</source>
        <translation>Der Server protokolliert in diesem Umfang, bis er neu gestartet wird.</translation>
    </message>
    <message>
        <source>stopping</source>
        <translation>hält an</translation>
    </message>
    <message>
        <source>running</source>
        <translation>läuft</translation>
    </message>
    <message>
        <source>%1 (for %2)</source>
        <translation>%1 (%2 lang)</translation>
    </message>
    <message>
        <source>newer than this monitor</source>
        <translation>neuer als dieser Monitor</translation>
    </message>
    <message>
        <source>%1 used, %2 free</source>
        <translation>%1 belegt, %2 frei</translation>
    </message>
    <message>
        <source>none yet</source>
        <translation>noch keine</translation>
    </message>
    <message>
        <source>%1 memory, %2 % of a core</source>
        <translation>%1 Speicher, %2 % eines Kerns</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>Startet …</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>Starten</translation>
    </message>
    <message>
        <source>Stopping…</source>
        <translation>Hält an …</translation>
    </message>
    <message>
        <source>Stop…</source>
        <translation>Anhalten …</translation>
    </message>
    <message>
        <source>Server</source>
        <translation>Server</translation>
    </message>
    <message>
        <source>Backup and help</source>
        <translation>Sicherung und Hilfe</translation>
    </message>
    <message>
        <source>Tell everyone</source>
        <translation>Allen mitteilen</translation>
    </message>
    <message>
        <source>Settings (changed where the server is started)</source>
        <translation>Einstellungen (zu ändern, wo der Server startet)</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Running since</source>
        <translation>Läuft seit</translation>
    </message>
    <message>
        <source>Version</source>
        <translation>Version</translation>
    </message>
    <message>
        <source>Clients connect to</source>
        <translation>Apps verbinden sich mit</translation>
    </message>
    <message>
        <source>Health check</source>
        <translation>Gesundheitsprüfung</translation>
    </message>
    <message>
        <source>Data folder</source>
        <translation>Datenordner</translation>
    </message>
    <message>
        <source>Disk</source>
        <translation>Festplatte</translation>
    </message>
    <message>
        <source>Last backup</source>
        <translation>Letzte Sicherung</translation>
    </message>
    <message>
        <source>It takes</source>
        <translation>Er braucht</translation>
    </message>
    <message>
        <source>Start the server</source>
        <translation>Server starten</translation>
    </message>
    <message>
        <source>Back up…</source>
        <translation>Sichern …</translation>
    </message>
    <message>
        <source>Restore…</source>
        <translation>Wiederherstellen …</translation>
    </message>
    <message>
        <source>Support bundle…</source>
        <translation>Support-Paket …</translation>
    </message>
    <message>
        <source>Versions, figures, settings and log in one text, without secrets</source>
        <translation>Versionen, Zahlen, Einstellungen und Protokoll in einem Text, ohne Geheimnisse</translation>
    </message>
    <message>
        <source>For example: the server restarts at 22:00</source>
        <translation>Zum Beispiel: Der Server startet um 22 Uhr neu</translation>
    </message>
    <message>
        <source>What to tell everyone</source>
        <translation>Was allen mitgeteilt wird</translation>
    </message>
    <message>
        <source>Send…</source>
        <translation>Senden …</translation>
    </message>
    <message>
        <source>Send it to everyone</source>
        <translation>An alle senden</translation>
    </message>
    <message>
        <source>The server logs</source>
        <translation>Der Server protokolliert</translation>
    </message>
    <message>
        <source>problems only</source>
        <translation>nur Probleme</translation>
    </message>
    <message>
        <source>warnings and problems</source>
        <translation>Warnungen und Probleme</translation>
    </message>
    <message>
        <source>the usual</source>
        <translation>das Übliche</translation>
    </message>
    <message>
        <source>every detail</source>
        <translation>jede Einzelheit</translation>
    </message>
    <message>
        <source>How much the server logs</source>
        <translation>Wie viel der Server protokolliert</translation>
    </message>
    <message>
        <source>Settings of the server</source>
        <translation>Einstellungen des Servers</translation>
    </message>
    <message numerus="yes">
        <source>%Ln client(s) were told.</source>
        <translation>
            <numerusform>%Ln Verbindung hat es erfahren.</numerusform>
            <numerusform>%Ln Verbindungen haben es erfahren.</numerusform>
        </translation>
    </message>
    <message>
        <source>The settings are not known yet</source>
        <translation>Die Einstellungen sind noch nicht bekannt</translation>
    </message>
    <message>
        <source>It cannot be started again from here, only where it runs.</source>
        <translation>Von hier aus kann er nicht wieder gestartet werden, nur dort, wo er läuft.</translation>
    </message>
    <message>
        <source>To restore one, stop the server, and call “concierge restore” where it runs.</source>
        <translation>Um eine wiederherzustellen, halten Sie den Server an und rufen „concierge restore“ dort auf, wo er läuft.</translation>
    </message>
    <message>
        <source>To restore one, call “concierge restore”: the server&apos;s program was not found here.</source>
        <translation>Um eine wiederherzustellen, rufen Sie „concierge restore“ auf: Das Programm des Servers wurde hier nicht gefunden.</translation>
    </message>
    <message>
        <source>To restore one, stop the server first.</source>
        <translation>Um eine wiederherzustellen, halten Sie den Server zuerst an.</translation>
    </message>
    <message>
        <source>The server is away, so that one can be restored.</source>
        <translation>Der Server ist nicht da, also kann eine wiederhergestellt werden.</translation>
    </message>
    <message>
        <source>It can be stopped from here, but be started only where it runs.</source>
        <translation>Er kann von hier aus angehalten, aber nur dort gestartet werden, wo er läuft.</translation>
    </message>
    <message>
        <source>It can be started only where it runs.</source>
        <translation>Er kann nur dort gestartet werden, wo er läuft.</translation>
    </message>
    <message>
        <source>A backup can be made at any time. It is written by the server, so choose a folder that it may write to.</source>
        <translation>Eine Sicherung ist jederzeit möglich. Der Server schreibt sie, wählen Sie also einen Ordner, in den er schreiben darf.</translation>
    </message>
    <message>
        <source>The backup is restored. What was there before is kept as %1.</source>
        <translation>Die Sicherung ist wiederhergestellt. Was vorher da war, liegt jetzt unter %1.</translation>
    </message>
    <message>
        <source>%1 is there already, and a backup replaces nothing: choose another name.</source>
        <translation>%1 gibt es schon, und eine Sicherung ersetzt nichts: Wählen Sie einen anderen Namen.</translation>
    </message>
    <message>
        <source>They appear here as soon as the server answers.</source>
        <translation>Sie erscheinen hier, sobald der Server antwortet.</translation>
    </message>
    <message>
        <source>Certificate</source>
        <translation>Zertifikat</translation>
    </message>
    <message>
        <source>valid until %1</source>
        <translation>gültig bis %1</translation>
    </message>
    <message>
        <source>none: not encrypted</source>
        <translation>keines: unverschlüsselt</translation>
    </message>
</context>
<context>
    <name>concierge::monitor::SettingsModel</name>
    <message>
        <source>default</source>
        <translation>Vorgabe</translation>
    </message>
    <message>
        <source>environment</source>
        <translation>Umgebung</translation>
    </message>
    <message>
        <source>command line</source>
        <translation>Befehlszeile</translation>
    </message>
    <message>
        <source>Setting</source>
        <translation>Einstellung</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Wert</translation>
    </message>
    <message>
        <source>From</source>
        <translation>Woher</translation>
    </message>
</context>
<context>
    <name>concierge::monitor::Tiles</name>
    <message>
        <source>People online</source>
        <translation>Personen online</translation>
    </message>
    <message>
        <source>Peak today</source>
        <translation>Höchststand heute</translation>
    </message>
    <message>
        <source>Messages a second</source>
        <translation>Nachrichten/s</translation>
    </message>
    <message>
        <source>Waiting messages</source>
        <translation>Wartende Nachrichten</translation>
    </message>
    <message>
        <source>Delivery time</source>
        <translation>Zustellzeit</translation>
    </message>
    <message>
        <source>Refused</source>
        <translation>Abgewiesen</translation>
    </message>
    <message>
        <source>no figures yet</source>
        <translation>noch keine Zahlen</translation>
    </message>
    <message>
        <source>%1 since the start</source>
        <translation>%1 seit dem Start</translation>
    </message>
    <message>
        <source>nobody has to catch up</source>
        <translation>niemand muss etwas nachholen</translation>
    </message>
    <message>
        <source>no message in the last 10 s</source>
        <translation>keine Nachricht in den letzten 10 s</translation>
    </message>
    <message>
        <source>no connection since the start</source>
        <translation>keine Verbindung seit dem Start</translation>
    </message>
    <message numerus="yes">
        <source>%Ln connection(s)</source>
        <translation>
            <numerusform>%Ln Verbindung</numerusform>
            <numerusform>%Ln Verbindungen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>for %Ln people; the oldest for %1</source>
        <translation>
            <numerusform>für eine Person; älteste: %1</numerusform>
            <numerusform>für %Ln Personen; älteste: %1</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>for %Ln people</source>
        <translation>
            <numerusform>für eine Person</numerusform>
            <numerusform>für %Ln Personen</numerusform>
        </translation>
    </message>
    <message>
        <source>for 95 of 100 messages</source>
        <translation>für 95 von 100 Nachrichten</translation>
    </message>
    <message numerus="yes">
        <source>connection(s)</source>
        <translation>
            <numerusform>Verbindung</numerusform>
            <numerusform>Verbindungen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>connection(s) since the start</source>
        <translation>
            <numerusform>Verbindung seit dem Start</numerusform>
            <numerusform>Verbindungen seit dem Start</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>connection(s); since the start %1 (%2)</source>
        <translation>
            <numerusform>Verbindung; bisher %1 (%2)</numerusform>
            <numerusform>Verbindungen; bisher %1 (%2)</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>concierge::monitor::Tray</name>
    <message>
        <source>Open the monitor</source>
        <translation>Monitor öffnen</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Beenden</translation>
    </message>
    <message>
        <source>Concierge: %1</source>
        <translation>Concierge: %1</translation>
    </message>
</context>
<context>
    <name>concierge::monitor::WaitingPage</name>
    <message>
        <source>Messages that wait</source>
        <translation>Nachrichten, die warten</translation>
    </message>
    <message>
        <source>Nothing waits</source>
        <translation>Nichts wartet</translation>
    </message>
    <message>
        <source>Every message has reached its receiver. Messages for people who are offline are listed here.</source>
        <translation>Jede Nachricht hat ihren Empfänger erreicht. Nachrichten für Abwesende stehen hier.</translation>
    </message>
    <message>
        <source>%1 of %2 people</source>
        <translation>%1 von %2 Personen</translation>
    </message>
    <message numerus="yes">
        <source>Messages wait for %Ln people</source>
        <translation>
            <numerusform>Nachrichten warten auf eine Person</numerusform>
            <numerusform>Nachrichten warten auf %Ln Personen</numerusform>
        </translation>
    </message>
</context>
</TS>
