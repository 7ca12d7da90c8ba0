#include "app/StatusCommand.h"

#include "app/Terminal.h"
#include "monitoring/StatusView.h"
#include "shared/Feed.h"

#include <QElapsedTimer>
#include <QJsonDocument>
#include <QLocalSocket>
#include <QThread>

#include <cstdio>
#include <optional>

namespace concierge::app {

namespace {

constexpr int patienceMs = 5'000;

void say(FILE *stream, const QString &text)
{
    std::fputs(text.toUtf8().constData(), stream);
    std::fflush(stream);
}

void complain(const QString &line)
{
    say(stderr, QStringLiteral("concierge: ") + line + u'\n');
}

QString whatIsNotOurs()
{
    return QStringLiteral("what answers is no Concierge server");
}

/// A connection to a server's feed, read line by line.
class FeedReader
{
public:
    bool connect(const QString &name)
    {
        m_socket.connectToServer(name);
        return m_socket.waitForConnected(patienceMs);
    }
    /// Why there is no connection. Nothing but the first two says that no server runs.
    QLocalSocket::LocalSocketError error() const { return m_socket.error(); }

    /// The next line of that type. Nothing: none came in time, or the last one was an error().
    std::optional<QJsonObject> next(QLatin1String type)
    {
        QElapsedTimer time;
        time.start();
        for (;;) {
            while (const auto line = m_lines.next()) {
                const auto object = feed::parseLine(*line);
                if (!object) {
                    m_isGarbage = true;
                    return std::nullopt;
                }
                const QString found = object->value(QLatin1String("type")).toString();
                if (found == type)
                    return *object;
                if (found == QLatin1String("error"))
                    m_error = object->value(QLatin1String("error")).toObject();
            }
            const auto left = static_cast<int>(patienceMs - time.elapsed());
            if (m_socket.bytesAvailable() == 0 && (left <= 0 || !m_socket.waitForReadyRead(left)))
                return std::nullopt;
            m_lines.append(m_socket.readAll());
        }
    }
    /// What the server said instead, or that it said nothing.
    QString whyNothing() const
    {
        if (!m_error.isEmpty())
            return QStringLiteral("the server says: ") + m_error.value(QLatin1String("message")).toString();
        if (m_isGarbage)
            return whatIsNotOurs();
        if (m_socket.state() != QLocalSocket::ConnectedState)
            return QStringLiteral("the server closed the connection");
        return QStringLiteral("the server accepts connections, but does not answer within %1 seconds")
            .arg(patienceMs / 1'000);
    }

private:
    QLocalSocket m_socket;
    feed::LineBuffer m_lines{feed::maxAnswerLine};
    QJsonObject m_error;
    bool m_isGarbage = false;
};

class Watcher
{
public:
    explicit Watcher(const Invocation &invocation)
        : m_invocation(invocation)
        , m_isTerminal(takesSequences(stdout))
        , m_colours(m_isTerminal && qEnvironmentVariableIsEmpty("NO_COLOR") ? monitoring::Colours::Ansi
                                                                            : monitoring::Colours::None)
    {}

    /// One connection, to its end where it is watched. A server that has all its monitors lets each look
    /// once.
    ExitCode run()
    {
        FeedReader reader;
        const QString &name = m_invocation.config.monitorSocket;
        if (!reader.connect(name))
            return unreachable(reader.error(), name);
        const auto first = reader.next(QLatin1String("hello"));
        if (!first)
            return silent(reader);
        feed::Hello hello;
        hello.protocol = 0; // until it is named; a newer one is understood as far as both know it
        if (fields::fromJson(QJsonValue(*first), hello) || hello.protocol < 1)
            return degraded(whatIsNotOurs());
        ExitCode code = show(reader, hello);
        while (m_invocation.isWatching && m_isGoing && !hello.isFull)
            code = show(reader, hello);
        return code;
    }

private:
    static ExitCode unreachable(QLocalSocket::LocalSocketError error, const QString &name)
    {
        if (error == QLocalSocket::ServerNotFoundError || error == QLocalSocket::ConnectionRefusedError) {
            complain(
                QStringLiteral("not running: nobody answers on MONITOR_SOCKET %1 (%2). Start the server, or "
                               "name its socket with --monitor-socket.")
                    .arg(name, error == QLocalSocket::ServerNotFoundError
                                   ? QStringLiteral("there is no such socket")
                                   : QStringLiteral("its server has ended")));
            return ExitCode{2};
        }
        if (error == QLocalSocket::SocketAccessError)
            complain(QStringLiteral("unknown: this user may not use MONITOR_SOCKET %1. Ask as the server's "
                                    "user, or as a member of the socket's group.")
                         .arg(name));
        else
            complain(
                QStringLiteral("degraded: the server on MONITOR_SOCKET %1 takes no connections.").arg(name));
        return ExitCode{1};
    }

    ExitCode silent(const FeedReader &reader) { return degraded(reader.whyNothing()); }

    ExitCode degraded(const QString &why)
    {
        m_isGoing = false;
        complain(QStringLiteral("degraded: ") + why + u'.');
        return ExitCode{1};
    }

    ExitCode show(FeedReader &reader, const feed::Hello &hello)
    {
        const auto line = reader.next(QLatin1String("snapshot"));
        MonitorSnapshot snapshot;
        if (!line)
            return silent(reader);
        if (const auto error = fields::fromJson(QJsonValue(*line), snapshot))
            return degraded(QStringLiteral("the server's answer cannot be read: ") + error->text);
        if (m_invocation.isJson)
            say(stdout,
                QString::fromUtf8(QJsonDocument(fields::toJson(snapshot)).toJson(QJsonDocument::Compact)) +
                    u'\n');
        else
            say(stdout, (m_invocation.isWatching ? separator() : QString()) +
                            monitoring::statusView(hello, snapshot, m_colours));
        return ExitCode{snapshot.isHealthy() ? 0 : 1};
    }

    /// A terminal shows each in the place of the one before.
    QString separator() const { return m_isTerminal ? QStringLiteral("\x1B[H\x1B[J") : QStringLiteral("\n"); }

    const Invocation &m_invocation;
    const bool m_isTerminal;
    const monitoring::Colours m_colours;
    bool m_isGoing = true; // the server is there
};

} // namespace

ExitCode showStatus(const Invocation &invocation)
{
    if (invocation.config.monitorSocket.isEmpty()) {
        complain(QStringLiteral("MONITOR_SOCKET is none, so the server cannot be asked; name its socket with "
                                "--monitor-socket."));
        return ExitCode{2};
    }
    for (;;) {
        const ExitCode code = Watcher(invocation).run();
        if (!invocation.isWatching)
            return code;
        QThread::sleep(1); // until it is back
    }
}

} // namespace concierge::app
