#include "monitoring/MonitorFeed.h"

#include "monitoring/PeerUser.h"

#include <QLoggingCategory>

#include <utility>

namespace concierge::monitoring {

Q_LOGGING_CATEGORY(lcMonitor, "concierge.monitor")
Q_LOGGING_CATEGORY(lcAudit, "concierge.audit")

namespace {

constexpr int tickMs = 1'000 / MonitorPeer::ticksPerSecond;
constexpr qint64 sayAgainMs = 60'000;
/// A peer that has not taken its log lines gets no more, and later hears how many it missed.
constexpr std::size_t logLinesAtOnce = 100;
constexpr std::size_t maxRefused = 16;
constexpr qsizetype maxQuestions = 256; // above, those with another filter count as the same
constexpr qsizetype filterInLog = 64;

QByteArray lineOf(const char *type, const QJsonObject &fields)
{
    return feed::line(QLatin1String(type), fields);
}

const QStringList &topics()
{
    static const QStringList names{QStringLiteral("snapshot"), QStringLiteral("alert"),
                                   QStringLiteral("log")};
    return names;
}

} // namespace

MonitorFeed::MonitorFeed(MonitorHost &host, const LogTap &log, const Clock &clock)
    : m_host(host)
    , m_log(log)
    , m_clock(clock)
    , m_commands(host)
{
    m_timer.setInterval(tickMs);
    QObject::connect(&m_timer, &QTimer::timeout, this, &MonitorFeed::tick);
    QObject::connect(&m_server, &QLocalServer::newConnection, this, &MonitorFeed::acceptPeers);
}

MonitorFeed::~MonitorFeed()
{
    logQuestionsAgain(true);
    stopListening(m_server);
}

std::optional<SocketProblem> MonitorFeed::listen(const QString &name, SocketAccess access)
{
    auto problem = listenOn(m_server, name, access);
    if (!problem) {
        m_name = name;
        m_access = access;
    }
    return problem;
}

void MonitorFeed::keepListening()
{
    if (m_name.isEmpty() || m_server.isListening())
        return;
    const auto problem = listenOn(m_server, m_name, m_access);
    if (!problem)
        qCInfo(lcMonitor) << "monitors can connect again";
    else if (!m_isLost)
        qCWarning(lcMonitor).noquote() << "no monitor can connect for now:" << problem->text;
    m_isLost = problem.has_value();
}

void MonitorFeed::acceptPeers()
{
    while (QLocalSocket *pending = m_server.nextPendingConnection()) {
        std::unique_ptr<QLocalSocket> socket(pending);
        if (m_peers.size() >= feed::maxMonitors) {
            refuse(std::move(socket));
            continue;
        }
        const QString user = peerUser(*socket);
        const quint64 number = ++m_lastNumber;
        MonitorPeerListener &listener = *this;
        auto made = std::make_unique<MonitorPeer>(number, std::move(socket), user, listener);
        MonitorPeer &peer = *m_peers.emplace(number, std::move(made)).first->second;
        qCDebug(lcMonitor).noquote() << "monitor connected:" << user; // health checks come often
        peer.send(lineOf("hello", fields::toJson(m_host.hello())));
        sendSnapshot(peer, snapshotLine());
        if (!m_timer.isActive()) // whoever comes and goes all the time must not put the ticks off
            m_timer.start();
    }
}

/// The system takes the few lines, at once or, for a few of them, within some ticks; what is not read by then
/// is dropped. However many come, there is one snapshot for all of them a tick.
void MonitorFeed::refuse(std::unique_ptr<QLocalSocket> socket)
{
    if (m_lastLook.isEmpty()) {
        feed::Hello hello = m_host.hello();
        hello.isFull = true;
        m_lastLook = lineOf("hello", fields::toJson(hello)) + snapshotLine();
    }
    const QString code = QStringLiteral("too_many_monitors");
    socket->write(m_lastLook);
    socket->write(feed::errorLine(
        {code,
         QStringLiteral("there are %1 monitors, and may be no more; close one").arg(feed::maxMonitors)}));
    socket->flush();
    sayFailure(peerUser(*socket), code);
    socket->setParent(nullptr); // QLocalServer's until now
    socket->disconnectFromServer();
    if (socket->state() != QLocalSocket::UnconnectedState && m_refused.size() < maxRefused)
        m_refused.push_back({std::move(socket)});
}

void MonitorFeed::endRefused()
{
    std::erase_if(m_refused, [](Refused &refused) {
        return refused.socket->state() == QLocalSocket::UnconnectedState || --refused.ticksLeft == 0;
    });
}

void MonitorFeed::onPeerFailed(MonitorPeer &peer, const QString &code)
{
    sayFailure(peer.user(), code);
}

/// Once a minute each: whoever means harm does not fill the log.
void MonitorFeed::sayFailure(const QString &user, const QString &code)
{
    const auto said = m_saidAt.constFind(code);
    if (said != m_saidAt.cend() && now() - *said < sayAgainMs)
        return;
    m_saidAt.insert(code, now());
    qCWarning(lcMonitor).noquote() << user + QLatin1String(": closed, ") + code;
}

/// Later: we are in a call of its own, and perhaps on our way through all of them.
void MonitorFeed::onPeerEnded(MonitorPeer &peer)
{
    QMetaObject::invokeMethod(
        this, [this, number = peer.number()] { remove(number); }, Qt::QueuedConnection);
}

void MonitorFeed::remove(quint64 number)
{
    const auto found = m_peers.find(number);
    if (found == m_peers.end())
        return;
    qCDebug(lcMonitor).noquote() << "monitor disconnected:" << found->second->user();
    m_peers.erase(found);
    if (m_peers.empty()) {
        m_timer.stop();
        m_lastLook.clear();
        m_refused.clear();
        logQuestionsAgain(true);
    }
}

void MonitorFeed::onCommand(MonitorPeer &peer, const QJsonObject &request)
{
    const Asked asked{request.value(QLatin1String("type")).toString(), MonitorCommands::describe(request),
                      request.value(QLatin1String("filter")).toString().left(filterInLog),
                      request.value(QLatin1String("id"))};
    if (!asked.id.isDouble() && !asked.id.isString()) {
        finish(peer.number(), {asked.type, asked.what, asked.filter, QJsonValue::Null},
               feed::ReplyError{QStringLiteral("bad_request"),
                                QStringLiteral("id: a number or a string is needed")});
    } else if (asked.type == QLatin1String("subscribe")) {
        finish(peer.number(), asked, subscribe(peer, request));
    } else {
        m_commands.run(
            asked.type, request,
            [this, number = peer.number(), asked](const Result<QJsonObject, feed::ReplyError> &result) {
                finish(number, asked, result);
            });
    }
}

void MonitorFeed::finish(quint64 number, const Asked &asked,
                         const Result<QJsonObject, feed::ReplyError> &result)
{
    constexpr qsizetype longest = 300;
    const auto found = m_peers.find(number);
    const QString user =
        found == m_peers.end() ? QStringLiteral("a monitor that left") : found->second->user();
    const QString outcome =
        result ? QStringLiteral("ok")
               : (result.error().code + QLatin1String(", ") + result.error().message).left(longest);
    // What was not understood has changed nothing, and whoever means harm does not fill the log.
    if (MonitorCommands::isChange(asked.type) &&
        (result || result.error().code != QLatin1String("bad_request")))
        qCInfo(lcAudit).noquote() << user + QLatin1String(": ") + asked.what + QLatin1String(": ") + outcome;
    else
        logQuestion(user, asked, result ? QString() : result.error().code, outcome);
    if (found != m_peers.end())
        found->second->answer(result ? feed::replyLine(asked.id, *result)
                                     : feed::errorReplyLine(asked.id, result.error()));
}

void MonitorFeed::logQuestion(const QString &user, const Asked &asked, const QString &code,
                              const QString &outcome)
{
    const QString type = MonitorCommands::isKnown(asked.type) ? asked.type : QStringLiteral("unknown");
    const bool hasRoom = m_questions.size() < maxQuestions;
    const QString key =
        user + QLatin1String(": ") + type +
        (hasRoom && !asked.filter.isEmpty() ? QLatin1String(" filter=") + asked.filter : QString()) +
        QLatin1String(": ") + (code.isEmpty() ? QStringLiteral("ok") : code);
    const auto before = m_questions.find(key);
    if (before != m_questions.end()) {
        ++before->count;
        return;
    }
    m_questions.insert(key, {now(), 0});
    qCInfo(lcMonitor).noquote() << user + QLatin1String(": ") + asked.what + QLatin1String(": ") + outcome;
}

void MonitorFeed::logQuestionsAgain(bool isEnd)
{
    for (auto each = m_questions.begin(); each != m_questions.end();) {
        if (!isEnd && now() - each->since < sayAgainMs) {
            ++each;
            continue;
        }
        const qint64 count = std::exchange(each->count, 0);
        each->since = now();
        if (count > 0)
            qCInfo(lcMonitor).noquote()
                << QStringLiteral("%1, %2 more %3")
                       .arg(each.key())
                       .arg(count)
                       .arg(count == 1 ? QStringLiteral("time") : QStringLiteral("times"));
        if (count == 0 || isEnd)
            each = m_questions.erase(each);
        else
            ++each;
    }
}

Result<QJsonObject, feed::ReplyError> MonitorFeed::subscribe(MonitorPeer &peer, const QJsonObject &request)
{
    auto wanted = readRequest<feed::Subscribe>(request);
    if (!wanted)
        return wanted.error();
    const auto bad = [](const QString &text) {
        return feed::ReplyError{QStringLiteral("bad_request"), text};
    };
    for (const QString &topic : wanted->topics) {
        if (!topics().contains(topic))
            return bad(QStringLiteral("topics: there are ") + topics().join(QLatin1String(", ")));
    }
    if (wanted->intervalMs < feed::minIntervalMs || wanted->intervalMs > feed::maxIntervalMs)
        return bad(QStringLiteral("intervalMs: %1 to %2 is needed, not %3")
                       .arg(feed::minIntervalMs)
                       .arg(feed::maxIntervalMs)
                       .arg(wanted->intervalMs));
    const QString log = QStringLiteral("log");
    if (!peer.subscription.topics.contains(log))
        peer.nextLog = m_log.begin();
    peer.subscription = *wanted;
    peer.snapshotDue = now();
    return fields::toJson(*wanted);
}

void MonitorFeed::tick()
{
    m_lastLook.clear();
    endRefused();
    logQuestionsAgain(false);
    for (const auto &[number, peer] : m_peers) {
        peer->tick();
        sendLog(*peer);
    }
    sendSnapshots();
}

QByteArray MonitorFeed::snapshotLine()
{
    return lineOf("snapshot", fields::toJson(m_host.snapshot()));
}

/// One for all who are due and have read what they were sent.
void MonitorFeed::sendSnapshots()
{
    QByteArray line;
    for (const auto &[number, peer] : m_peers) {
        const bool isWanted = peer->subscription.topics.contains(QStringLiteral("snapshot"));
        if (!isWanted || peer->isEnding() || !peer->isIdle() || now() + tickMs / 2 < peer->snapshotDue)
            continue;
        if (line.isEmpty())
            line = snapshotLine();
        sendSnapshot(*peer, line);
    }
}

void MonitorFeed::sendSnapshot(MonitorPeer &peer, const QByteArray &line)
{
    peer.send(line);
    peer.snapshotDue = now() + peer.subscription.intervalMs;
}

void MonitorFeed::sendLog(MonitorPeer &peer)
{
    if (peer.isEnding() || !peer.isIdle() || !peer.subscription.topics.contains(QStringLiteral("log")))
        return;
    LogTap::Page page = m_log.read(peer.nextLog, logLinesAtOnce);
    peer.nextLog = page.next;
    for (const feed::LogRecord &record : page.records)
        peer.send(lineOf("log", fields::toJson(record)));
}

/// Who is behind learns of them from its next snapshot.
void MonitorFeed::tellAlert(const feed::AlertChange &change)
{
    const QByteArray line = lineOf("alert", fields::toJson(change));
    for (const auto &[number, peer] : m_peers) {
        if (peer->isIdle() && peer->subscription.topics.contains(QStringLiteral("alert")))
            peer->send(line);
    }
}

} // namespace concierge::monitoring
