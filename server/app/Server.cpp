#include "app/Server.h"

#include "app/Service.h"
#include "app/StartWarnings.h"
#include "app/WorkerStack.h"
#include "store/DataFolder.h"
#include "transport/SocketHandoff.h"

#include <QLoggingCategory>
#include <QNetworkInterface>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <limits>
#include <utility>

namespace concierge::app {

Q_LOGGING_CATEGORY(lcServer, "concierge.server")

using metrics::Counter;

namespace {

bool isOfThisMachine(const QHostAddress &address)
{
    return address.isLoopback() || address == QHostAddress::Any || address == QHostAddress::AnyIPv4 ||
           address == QHostAddress::AnyIPv6 || QNetworkInterface::allAddresses().contains(address);
}

QString cannotListen(const char *setting, const char *bindSetting, const QHostAddress &address, quint16 port,
                     const QString &why)
{
    if (!isOfThisMachine(address)) {
        QStringList own;
        for (const QHostAddress &each : QNetworkInterface::allAddresses())
            own.append(each.toString());
        return QStringLiteral("%1: this machine has no address %2. It has %3; * is all of them.")
            .arg(QLatin1String(bindSetting), address.toString(), own.join(QLatin1String(", ")));
    }
    const QString flag = QStringLiteral("--") + QString::fromLatin1(setting).toLower().replace(u'_', u'-');
    return QStringLiteral(
               "%1: cannot listen on %2 port %3: %4. Stop the program that uses it, or choose another port "
               "with %5 (0 picks a free one).")
        .arg(QLatin1String(setting), address.toString(), QString::number(port), why, flag);
}

void tellDescriptors(qintptr before, qintptr limit)
{
    if (limit == std::numeric_limits<qintptr>::max())
        return; // there is none
    const QString raised = before < limit ? QStringLiteral(", raised from %1").arg(before) : QString();
    qCInfo(lcServer).noquote() << QStringLiteral("file descriptors: at most %1%2").arg(limit).arg(raised);
}

/// An address of "all" is shown as one that can be opened.
QString urlOf(const QHostAddress &address, quint16 port, const char *scheme = "http")
{
    QString host = address.toString();
    if (address == QHostAddress(QHostAddress::Any) || address == QHostAddress(QHostAddress::AnyIPv4) ||
        address == QHostAddress(QHostAddress::AnyIPv6))
        host = QStringLiteral("localhost");
    else if (address.protocol() == QAbstractSocket::IPv6Protocol)
        host = u'[' + host + u']';
    return QStringLiteral("%1://%2:%3").arg(QLatin1String(scheme), host).arg(port);
}

/// One line on stdout, for whoever started us.
void announce(const char *what, const QString &where)
{
    std::printf("%s on %s\n", what, where.toUtf8().constData());
    std::fflush(stdout);
}

engineio::AdmissionLimits admissionLimits(const Limits &limits)
{
    engineio::AdmissionLimits admission;
    admission.sessions = limits.connections;
    admission.sessionsPerAddress = limits.connectionsPerAddress;
    admission.handshakesPerAddress = RateLimit(limits.connectionRate, 10 * limits.connectionRate);
    return admission;
}

} // namespace

Server::Server(Config config, QObject *parent)
    : QObject(parent)
    , m_config(std::move(config))
    , m_admission(admissionLimits(m_config.limits))
    , m_watermark(m_config.limits.memoryWatermark, processUsage().rss)
{
    m_drainCheck.setInterval(10);
    QObject::connect(&m_drainCheck, &QTimer::timeout, this, &Server::checkDrained);
}

Server::~Server()
{
    m_heapTrim.reset();
    m_acceptor.reset();
    m_health.reset();
    m_metricsLog.reset();
    stopWorkers();
    m_monitoring.reset(); // which the io threads have answers for
    m_api.reset();        // the same
    m_telemetry.reset();
}

std::optional<QString> Server::start()
{
    // Every connection takes one, and the usual limit of 1,024 is soon reached.
    const qintptr descriptorsBefore = transport::descriptorLimit();
    const qintptr descriptors = transport::raiseDescriptorLimit();
    if (auto error = openKeys())
        return error;
    if (auto error = openCertificate())
        return error;
    if (auto error = openApiKeys())
        return error;
    if (auto error = openStore())
        return error;
    openOutbox();
    makeWorkers();
    if (auto error = joinCluster())
        return error;
    m_acceptor = std::make_unique<transport::Acceptor>(workerList(), m_metrics.registerThread());
    if (!m_acceptor->listen(m_config.bind, m_config.port))
        return cannotListen("PORT", "BIND", m_config.bind, m_config.port, m_acceptor->errorString());
    m_telemetry = std::make_unique<Telemetry>(m_metrics, telemetrySources(), m_clock);
    m_metricsLog = std::make_unique<MetricsLog>(*m_telemetry);
    m_api = std::make_unique<PlatformApi>(m_config, platformSources(), m_clock);
    m_health = std::make_unique<HealthEndpoint>(*m_telemetry, m_api.get());
    if (!m_health->listen(m_config.healthBind, m_config.healthPort))
        return cannotListen("HEALTH_PORT", "HEALTH_BIND", m_config.healthBind, m_config.healthPort,
                            m_health->errorString());
    m_monitoring = std::make_unique<Monitoring>(m_config, *m_telemetry, monitoringSources(), m_clock);
    if (auto error = m_monitoring->listen())
        return error;
    warnBeforeServing(m_config);
    qCInfo(lcServer).noquote() << m_inbox->summary();
    tellDescriptors(descriptorsBefore, descriptors);
    startWorkers();
    QObject::connect(m_telemetry.get(), &Telemetry::sampled, this, &Server::tellAlive);
    QObject::connect(m_telemetry.get(), &Telemetry::sampled, this, &Server::watchMemory);
    watchMemory();
    m_telemetry->start();
    m_monitoring->start();
    m_heapTrim = std::make_unique<HeapTrim>();
    if (m_certificate)
        m_certificate->start();
    announce("listening", clientUrl());
    announce("health", urlOf(m_config.healthBind, m_health->port()));
    if (!m_monitoring->socketName().isEmpty())
        announce("monitor", m_monitoring->socketName());
    serviceReady(QStringLiteral("listening on ") + clientUrl());
    return std::nullopt;
}

std::optional<QString> Server::openKeys()
{
    if (m_config.keys.isEmpty())
        return std::nullopt;
    m_keys = std::make_unique<KeyWatch>(auth::KeySource(m_config.keys, m_config.tokens),
                                        [this](const KeyWatch::Keys &keys) { useKeys(keys); });
    return m_keys->start();
}

void Server::useKeys(const KeyWatch::Keys &keys)
{
    for (std::size_t i = 0; i < m_workers.size(); ++i) {
        m_workers[i]->post([stack = m_stacks[i].get(), keys] {
            if (stack->layers)
                stack->layers->gateway.signIn()->useKeys(keys);
        });
    }
}

QString Server::clientUrl() const
{
    return urlOf(m_config.bind, m_acceptor->serverPort(), m_certificate ? "https" : "http");
}

std::optional<QString> Server::openCertificate()
{
    if (m_config.tlsCertificate.isEmpty() && m_config.tlsKey.isEmpty())
        return std::nullopt;
    auto certificate =
        TlsCertificate::open({m_config.tlsCertificate, m_config.tlsKey}, m_clock, m_metrics.registerThread());
    if (!certificate)
        return certificate.error().line;
    m_certificate = std::move(certificate).value();
    return std::nullopt;
}

void Server::reload()
{
    qCInfo(lcServer) << "reading files anew";
    if (m_keys)
        m_keys->reload();
    if (m_certificate)
        m_certificate->reload();
    if (m_apiKeys)
        m_apiKeys->reload();
}

std::optional<QString> Server::openStore()
{
    store::DatabaseOptions options;
    options.folder = m_config.dataDir;
    options.durability = m_config.durability;
    auto inbox = store::SqliteInbox::open(options, m_clock, m_config.inboxTtl);
    if (!inbox)
        return inbox.error().line;
    m_inbox = std::move(inbox).value();
    m_store = m_inbox->health();
    return std::nullopt;
}

void Server::makeWorkers()
{
    transport::GateOptions gate;
    gate.maxPayload = m_config.maxPayload;
    gate.outboxMaxBytes = m_config.outboxMaxBytes;
    gate.cors = m_config.cors;
    if (m_certificate)
        gate.tls = m_certificate->context();
    gate.byteRate = byteRate(m_config);
    gate.proxies = m_config.proxies;
    for (int i = 0; i < m_config.workers; ++i) {
        m_workers.push_back(
            std::make_unique<transport::IoWorker>(i, gate, m_clock, m_metrics.registerThread()));
        m_stacks.push_back(std::make_unique<WorkerStack>());
    }
}

QList<transport::IoWorker *> Server::workerList() const
{
    QList<transport::IoWorker *> workers;
    for (const auto &worker : m_workers)
        workers.append(worker.get());
    return workers;
}

TelemetrySources Server::telemetrySources()
{
    return {.usersOnline = [this] { return m_chat ? m_chat->onlineUsers() : 0; },
            .usersIdle = [this] { return m_chat ? m_chat->idleUsers() : 0; },
            .isDraining = [this] { return m_isDraining; },
            .certificateExpires = [this]() -> std::optional<qint64> {
                return m_certificate ? std::optional(m_certificate->expires()) : std::nullopt;
            },
            .store = m_store,
            .storeFolder = store::DataFolder::absolutePath(m_config.dataDir),
            .threads = watchedThreads(),
            .blocked = [this] { return whyNobodyComesIn(); },
            .outbox = m_outbox ? m_outbox->counts() : nullptr,
            .webhook = m_poster ? m_poster->health() : nullptr,
            .cluster = m_cluster ? m_cluster->health() : nullptr,
            .needsRedis = m_config.redis.isRequired};
}

/// They are asked once they run: the telemetry starts after them.
std::vector<WatchedThread> Server::watchedThreads()
{
    std::vector<WatchedThread> threads;
    for (const auto &worker : m_workers) {
        threads.push_back(
            {QStringLiteral("io-%1").arg(worker->index()),
             [io = worker.get()](std::function<void()> task) { io->post(std::move(task)); },
             [this, index = static_cast<quint32>(worker->index())] { return m_chat->waitingFor(index); }});
    }
    if (m_workers.size() > 1) {
        threads.push_back({QStringLiteral("chat"),
                           [this](std::function<void()> task) { m_chat->complete(std::move(task)); },
                           [this] { return m_chat->waiting(); }});
    }
    threads.push_back({QStringLiteral("store"),
                       [this](std::function<void()> task) { m_chatInbox->post(std::move(task)); },
                       [this] { return m_chatInbox->queued(); }});
    if (m_cluster) {
        threads.push_back({QStringLiteral("cluster"),
                           [this](std::function<void()> task) { m_cluster->run(std::move(task)); },
                           [this] { return m_cluster->waiting(); }});
    }
    if (m_poster) {
        threads.push_back({QStringLiteral("webhook"),
                           [this](std::function<void()> task) { m_poster->post(std::move(task)); },
                           [this] { return m_outbox->counts()->pending(); }});
    }
    return threads;
}

std::vector<ClientReach::Worker> Server::reachableWorkers()
{
    std::vector<ClientReach::Worker> workers;
    for (const auto &worker : m_workers) {
        const WorkerStack *stack = m_stacks[static_cast<std::size_t>(worker->index())].get();
        workers.push_back(
            {worker.get(), [stack] { return stack->layers ? &stack->layers->gateway : nullptr; }});
    }
    return workers;
}

MonitoringSources Server::monitoringSources()
{
    MonitoringSources sources;
    sources.workers = reachableWorkers();
    sources.askChat = [this](std::function<void(const chat::ChatService &)> question) {
        m_chat->ask(std::move(question));
    };
    sources.drain = [this] { drain(); };
    sources.url = clientUrl();
    sources.health = urlOf(m_config.healthBind, m_health->port());
    return sources;
}

/// A service manager ends a server that hangs, and starts it anew. One whose disk hangs is none such: users
/// who are online go on talking.
void Server::tellAlive() const
{
    constexpr double patienceMs = 5'000;
    for (const ThreadFigures &thread : m_telemetry->snapshot().threads) {
        const bool maySleep = thread.name == QLatin1String("store") ||
                              thread.name == QLatin1String("webhook") ||
                              thread.name == QLatin1String("cluster");
        if (thread.lagMs > patienceMs && !maySleep)
            return;
    }
    serviceAlive();
}

/// Looked at as often as the telemetry does.
void Server::watchMemory()
{
    const bool was = m_watermark.isOver();
    const qint64 rss = m_telemetry->snapshot().process.rssBytes;
    const bool is = m_watermark.update(rss);
    m_admission.setMemoryScarce(is);
    if (is && !was)
        qCWarning(lcServer).noquote()
            << QStringLiteral(
                   "MEMORY_WATERMARK: %1 bytes of memory are in use, no new connections until it is "
                   "less than %2")
                   .arg(rss)
                   .arg(m_watermark.end());
    else if (was && !is)
        qCInfo(lcServer) << "MEMORY_WATERMARK: new connections again, memory in use is" << rss;
}

/// Empty: they do. Otherwise as ConnectionFigures::blocked has it.
QString Server::whyNobodyComesIn() const
{
    if (m_acceptor && m_acceptor->isPaused())
        return QStringLiteral("descriptors");
    if (m_admission.isMemoryScarce())
        return QStringLiteral("memory");
    return m_admission.isFull() ? QStringLiteral("max_connections") : QString();
}

void Server::startWorkers()
{
    const QList<transport::IoWorker *> workers = workerList();
    HostOptions host;
    host.chat.idleAfter = m_config.idleAfter;
    host.chat.presenceInterval = m_config.presenceInterval;
    host.chat.presenceBudget = m_config.presenceBudget;
    host.chat.presenceGrace = m_config.presenceGrace;
    host.chat.socketsPerUser = m_config.limits.connectionsPerUser;
    host.chat.chatsPerUser = m_config.limits.roomsPerUser;
    host.chat.inboxMaxPerUser = m_config.inboxMaxPerUser;
    host.chat.proofPatience = 2 * m_config.proofInterval;
    host.chat.recoveryWindow = m_config.recoveryWindow;
    host.chat.recoveryMaxBytes = m_config.recoveryMaxBytes;
    host.chat.dedupeWindow = m_config.dedupeWindow;
    host.chat.ledgerMax = m_config.ledgerMax;
    host.chat.trustSenderId = !m_keys;
    host.mailboxMax = m_config.mailboxMax;
    host.journal = m_outbox.get();
    host.cluster = m_cluster.get();
    host.chat.tellsRooms = m_cluster != nullptr;
    const QByteArray secret = m_inbox->secret();
    const KeyWatch::Keys keys = m_keys ? m_keys->keys() : nullptr;
    m_chatInbox = m_inbox.get();
    m_chat = std::make_unique<ChatHost>(host, workers, std::move(m_inbox), m_clock, m_metrics);
    m_chatInbox->answerThrough(
        [chat = m_chat.get()](std::function<void()> answer) { chat->complete(std::move(answer)); });
    m_chat->start();
    if (m_poster)
        m_poster->start(m_apiKeys->keys());
    for (transport::IoWorker *worker : workers) {
        WorkerStack &stack = *m_stacks[static_cast<std::size_t>(worker->index())];
        worker->start(stack.router, workers, [this, worker, &stack, secret, keys] {
            CommandSink &sink = m_chat->attach(
                static_cast<quint32>(worker->index()),
                [&stack](const std::vector<chat::Outbound> &batch) { stack.layers->gateway.deliver(batch); });
            stack.layers = std::make_unique<WorkerStack::Layers>(m_config, *worker, secret, keys, sink,
                                                                 m_admission, m_cluster.get());
            stack.router.add(stack.layers->engine);
            worker->addTurnHook([&stack] { stack.layers->finishTurn(); });
            worker->addWrittenHook([&stack] { stack.layers->gateway.noteWritten(); });
        });
    }
}

void Server::stopWorkers()
{
    m_poster.reset();
    if (m_cluster)
        m_cluster->stop(); // while there are io threads that it may speak to
    for (std::size_t i = 0; i < m_workers.size() && m_chat; ++i) {
        m_workers[i]->stop([this, i] {
            m_stacks[i]->layers.reset();
            m_chat->detach();
        });
    }
    m_chat.reset();
    m_outbox.reset();  // the inbox, which the chat had, has answers for it
    m_cluster.reset(); // the io threads and the chat had something to tell it until here
    m_workers.clear();
    m_stacks.clear();
}

void Server::drain()
{
    if (m_isDraining)
        return;
    m_isDraining = true;
    m_drainTime.start();
    qCInfo(lcServer) << "stopping:" << sessionCount() << "sessions to close";
    serviceStopping(m_config.drainTimeout);
    // No session is opened from here on. One turn of every worker hands over what it read; then the chat
    // finishes it, and the inboxes that are being delivered; then the sessions end, with everything the chat
    // said ahead of their close packet.
    auto remaining = std::make_shared<std::atomic<std::size_t>>(m_workers.size());
    for (std::size_t i = 0; i < m_workers.size(); ++i) {
        m_workers[i]->post([this, i, remaining] {
            m_workers[i]->drain();
            m_stacks[i]->layers->engine.refuseHandshakes();
            m_stacks[i]->layers->gateway.submit();
            if (remaining->fetch_sub(1) == 1)
                m_chat->post([this] { closeSessions(); });
        });
    }
    // The sessions end in any case: what the inbox cannot take by then was not acknowledged.
    QTimer::singleShot(m_config.drainTimeout / 2, this, &Server::closeSessions);
    m_drainCheck.start();
}

void Server::closeSessions()
{
    for (std::size_t i = 0; i < m_workers.size(); ++i) {
        m_workers[i]->post([stack = m_stacks[i].get()] {
            stack->layers->engine.drain();
            stack->isClosing.store(true);
        });
    }
}

void Server::checkDrained()
{
    // A client that answers our close ends its TCP connection; one that does not is given this long after the
    // last session to take the bytes that are still on their way.
    constexpr qint64 lingerMs = 500;
    bool isClosing = true;
    for (const auto &stack : m_stacks)
        isClosing = isClosing && stack->isClosing.load();
    const auto counts = m_metrics.snapshot();
    const bool noSessions = isClosing && counts[Counter::SessionsOpened] == counts[Counter::SessionsClosed];
    const bool noSockets = counts[Counter::TcpAccepted] == counts[Counter::TcpClosed];
    if (noSessions && !m_quietTime.isValid())
        m_quietTime.start();
    const bool isQuiet = noSessions && (noSockets || m_quietTime.elapsed() >= lingerMs);
    const bool isLate = m_drainTime.elapsed() >= m_config.drainTimeout.count();
    if (!isQuiet && !isLate) {
        if (isClosing && !noSessions)
            sayWhomWeWaitFor();
        return;
    }
    m_drainCheck.stop();
    m_acceptor->close();
    if (!noSessions)
        qCWarning(lcServer) << "DRAIN_TIMEOUT is over:" << sessionCount()
                            << "sessions did not come for their last messages";
    qCInfo(lcServer) << "stopped after" << m_drainTime.elapsed() << "ms";
    Q_EMIT drained();
}

/// Only polling sessions are left: between two polls nobody can tell whether the next one will come.
void Server::sayWhomWeWaitFor()
{
    if (std::exchange(m_isWaitingSaid, true))
        return;
    qCInfo(lcServer) << "waiting for" << sessionCount()
                     << "polling sessions to come for their last messages, at most"
                     << m_config.drainTimeout.count() << "ms";
}

qsizetype Server::sessionCount() const
{
    const auto counts = m_metrics.snapshot();
    return static_cast<qsizetype>(counts[Counter::SessionsOpened] - counts[Counter::SessionsClosed]);
}

} // namespace concierge::app
