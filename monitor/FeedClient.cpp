#include "FeedClient.h"

#include <algorithm>
#include <utility>

namespace concierge::monitor {

namespace {

/// Alerts come with the server's version, and this monitor may be older: a figure that is no number is left
/// out, and the alert has the server's own sentence.
QJsonObject withKnownFigures(QJsonObject alert)
{
    QJsonObject known;
    const QJsonObject figures = alert.value(QLatin1String("values")).toObject();
    for (auto figure = figures.begin(); figure != figures.end(); ++figure) {
        if (figure->isDouble())
            known.insert(figure.key(), figure.value());
    }
    alert.insert(QLatin1String("values"), known);
    return alert;
}

QJsonObject withKnownValues(QJsonObject change)
{
    change.insert(QLatin1String("alert"), withKnownFigures(change.value(QLatin1String("alert")).toObject()));
    return change;
}

/// Of a snapshot; an alert that cannot be read at all is left out.
QJsonObject withKnownAlerts(QJsonObject snapshot)
{
    QJsonArray known;
    for (const QJsonValue &item : snapshot.value(QLatin1String("alerts")).toArray()) {
        Alert alert;
        const QJsonObject read = withKnownFigures(item.toObject());
        if (item.isObject() && !fields::fromJson(read, alert))
            known.append(read);
    }
    snapshot.insert(QLatin1String("alerts"), known);
    return snapshot;
}

} // namespace

FeedClient::FeedClient(QString socket, FeedTimes times, QObject *parent)
    : QObject(parent)
    , m_name(std::move(socket))
    , m_times(times)
    , m_pause(times.firstRetry)
{
    m_clock.start();
    m_retry.setSingleShot(true);
    m_stale.setSingleShot(true);
    m_stale.setInterval(m_times.stale);
    m_expiry.setInterval(std::min(m_times.answer / 4, std::chrono::milliseconds(1'000)));
    connect(&m_retry, &QTimer::timeout, this, &FeedClient::connectNow);
    connect(&m_stale, &QTimer::timeout, this, [this] { setState(FeedState::Stale); });
    connect(&m_expiry, &QTimer::timeout, this, &FeedClient::expireRequests);
    connect(&m_socket, &QLocalSocket::connected, this, [this] { m_stale.start(); });
    connect(&m_socket, &QLocalSocket::readyRead, this, &FeedClient::readLines);
    connect(&m_socket, &QLocalSocket::errorOccurred, this, &FeedClient::failed);
    connect(&m_socket, &QLocalSocket::disconnected, this, [this] { ended(FeedState::NotRunning); });
}

FeedClient::~FeedClient()
{
    m_socket.disconnect(this);
}

void FeedClient::start()
{
    connectNow();
}

void FeedClient::retryNow()
{
    m_pause = m_times.firstRetry;
    if (m_retry.isActive())
        connectNow();
}

void FeedClient::connectNow()
{
    m_retry.stop();
    m_lines.emplace(feed::maxAnswerLine);
    m_isGreeted = false;
    m_socket.connectToServer(m_name);
}

void FeedClient::failed(QLocalSocket::LocalSocketError error)
{
    // A peer that closed says so by disconnected() too; what it has sent before is read first.
    if (error == QLocalSocket::PeerClosedError)
        return;
    ended(error == QLocalSocket::SocketAccessError ? FeedState::Denied : FeedState::NotRunning);
}

void FeedClient::ended(FeedState state)
{
    readLines();
    m_stale.stop();
    if (m_retry.isActive())
        return;
    m_retry.start(m_pause);
    m_pause = std::min(m_pause * 2, m_times.lastRetry);
    failRequests("disconnected", tr("The connection to the server has ended."));
    // What the server said as its last word stays, until it greets again.
    if (m_refusal.isEmpty())
        setState(state);
}

void FeedClient::readLines()
{
    if (!m_lines || !m_socket.isOpen())
        return;
    m_lines->append(m_socket.readAll());
    // A line may be the last one that is read of this connection.
    while (m_lines) {
        const auto line = m_lines->next();
        if (!line)
            break;
        readLine(*line);
    }
    if (m_lines && m_lines->isTooLong())
        broken(tr("A line of more than %1 bytes came.").arg(feed::maxAnswerLine));
}

void FeedClient::readLine(const QByteArray &line)
{
    auto parsed = feed::parseLine(line);
    if (!parsed)
        return broken(parsed.error().text);
    const QJsonObject object = std::move(parsed).value();
    const QString type = object.value(QLatin1String("type")).toString();
    if (type == QLatin1String("error")) {
        feed::ReplyError error;
        (void)fields::fromJson(object.value(QLatin1String("error")), error);
        m_refusal = error.message.isEmpty() ? error.code : error.message;
        return setState(FeedState::Refused);
    }
    if (type == QLatin1String("hello"))
        return greeted(object);
    if (!m_isGreeted)
        return broken(tr("The first line was no greeting."));
    if (!m_isFull)
        took(object);
}

void FeedClient::greeted(const QJsonObject &object)
{
    feed::Hello hello;
    hello.protocol = 0;
    if (const auto error = fields::fromJson(object, hello))
        return broken(error->text);
    if (hello.protocol < 1)
        return broken(tr("The greeting names no version of the protocol."));
    m_isGreeted = true;
    m_isFull = hello.isFull;
    if (m_isFull)
        return; // why, it says with its last line
    m_hello = std::move(hello);
    m_refusal.clear();
    m_pause = m_times.firstRetry;
    feed::Subscribe subscribe;
    subscribe.topics.append(QStringLiteral("log"));
    request(QLatin1String("subscribe"), fields::toJson(subscribe), this, [](const Reply &) {});
    setState(FeedState::Connected);
    Q_EMIT helloReceived();
}

void FeedClient::took(const QJsonObject &object)
{
    const QString type = object.value(QLatin1String("type")).toString();
    if (type == QLatin1String("snapshot")) {
        MonitorSnapshot snapshot;
        if (fields::fromJson(object, snapshot)) {
            snapshot = {};
            if (const auto error = fields::fromJson(withKnownAlerts(object), snapshot))
                return broken(error->text);
        }
        m_snapshot = std::move(snapshot);
        m_stale.start();
        setState(FeedState::Connected);
        Q_EMIT snapshotReceived();
    } else if (type == QLatin1String("reply")) {
        answered(object);
    } else if (type == QLatin1String("alert")) {
        feed::AlertChange change;
        if (!fields::fromJson(withKnownValues(object), change))
            Q_EMIT alertChanged(change);
    } else if (type == QLatin1String("log")) {
        feed::LogRecord record;
        if (!fields::fromJson(object, record))
            Q_EMIT logReceived(record);
    }
    // Anything else is of a newer server, and nothing that this monitor knows.
}

void FeedClient::answered(const QJsonObject &object)
{
    const auto found = m_waiting.constFind(object.value(QLatin1String("id")).toInteger());
    if (found == m_waiting.constEnd())
        return; // late: it has failed by time-out
    const Waiting waiting = found.value();
    m_waiting.erase(found);
    if (m_waiting.isEmpty())
        m_expiry.stop();
    if (!waiting.context)
        return;
    if (object.value(QLatin1String("ok")).toBool())
        return waiting.callback(object);
    feed::ReplyError error;
    (void)fields::fromJson(object.value(QLatin1String("error")), error);
    waiting.callback(error);
}

/// It is no feed that this monitor can read; the next attempt may find another.
void FeedClient::broken(const QString &why)
{
    m_lines.reset();
    m_refusal = why;
    m_pause = m_times.lastRetry;
    setState(FeedState::Incompatible);
    m_socket.abort();
}

void FeedClient::request(QLatin1String type, QJsonObject fields, QObject *context, Callback callback)
{
    const auto fail = [&](const char *code, const QString &message) {
        callback(feed::ReplyError{QString::fromLatin1(code), message});
    };
    if (!m_isGreeted || m_isFull || m_socket.state() != QLocalSocket::ConnectedState)
        return fail("disconnected", tr("The server is not connected."));
    if (m_waiting.size() >= maxRequests)
        return fail("busy", tr("The server has not answered %1 requests yet.").arg(maxRequests));
    const qint64 id = m_nextId++;
    fields.insert(QStringLiteral("id"), id);
    m_waiting.insert(id, {context, std::move(callback), m_clock.elapsed() + m_times.answer.count()});
    if (!m_expiry.isActive())
        m_expiry.start();
    m_socket.write(feed::line(type, std::move(fields)));
}

void FeedClient::failRequests(const char *code, const QString &message)
{
    m_expiry.stop();
    // A callback may ask for something again.
    for (const Waiting &waiting : std::exchange(m_waiting, {})) {
        if (waiting.context)
            waiting.callback(feed::ReplyError{QString::fromLatin1(code), message});
    }
}

void FeedClient::expireRequests()
{
    const qint64 now = m_clock.elapsed();
    QList<Waiting> late;
    for (auto item = m_waiting.begin(); item != m_waiting.end();) {
        if (item->deadline > now) {
            ++item;
            continue;
        }
        late.append(item.value());
        item = m_waiting.erase(item);
    }
    if (m_waiting.isEmpty())
        m_expiry.stop();
    for (const Waiting &waiting : late) {
        if (waiting.context)
            waiting.callback(
                feed::ReplyError{QStringLiteral("timeout"), tr("The server did not answer in time.")});
    }
}

void FeedClient::setState(FeedState state)
{
    if (m_state == state)
        return;
    m_state = state;
    Q_EMIT stateChanged();
}

} // namespace concierge::monitor
