#pragma once

#include "monitoring/MonitorHost.h"

#include <QJsonObject>

#include <functional>

namespace concierge::monitoring {

/// The commands of the feed, but for `subscribe`, which is the peer's own: request → fields of the reply.
/// Thread: main.
class MonitorCommands
{
public:
    using Answer = std::function<void(Result<QJsonObject, feed::ReplyError>)>;

    /// `host` outlives this object.
    explicit MonitorCommands(MonitorHost &host)
        : m_host(host)
    {}

    /// `answer` is called once. Unknown types and bad fields are answered from within.
    void run(const QString &type, const QJsonObject &request, Answer answer);
    /// What the request asks for, for the log: "disconnectClient sid=…". Never a message's text.
    static QString describe(const QJsonObject &request);
    /// It does something to the server or its clients, rather than to ask.
    static bool isChange(const QString &type);
    static bool isKnown(const QString &type);

private:
    struct Table;

    void listClients(const QJsonObject &request, Answer answer);
    void listWaiting(const QJsonObject &request, Answer answer);
    void history(const QJsonObject &request, Answer answer);
    void disconnectClient(const QJsonObject &request, Answer answer);
    void notifyAll(const QJsonObject &request, Answer answer);
    void setLogLevel(const QJsonObject &request, Answer answer);
    void drain(const QJsonObject &request, Answer answer);
    void backup(const QJsonObject &request, Answer answer);

    MonitorHost &m_host;
};

/// Reads the fields of a Described request. Why it cannot, as a reply's error.
template <class T>
Result<T, feed::ReplyError> readRequest(const QJsonObject &request)
{
    T value;
    if (const auto error = fields::fromJson(QJsonValue(request), value))
        return feed::ReplyError{QStringLiteral("bad_request"), error->text};
    return value;
}

} // namespace concierge::monitoring
