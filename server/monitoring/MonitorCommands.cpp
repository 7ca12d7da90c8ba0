#include "monitoring/MonitorCommands.h"

#include <QDir>

#include <algorithm>
#include <array>
#include <utility>

namespace concierge::monitoring {

namespace {

feed::ReplyError badRequest(const QString &message)
{
    return {QStringLiteral("bad_request"), message};
}

/// A field that must be there, a string that is not empty.
Result<QString, feed::ReplyError> text(const QJsonObject &request, const char *name)
{
    const QJsonValue value = request.value(QLatin1String(name));
    if (value.isString() && !value.toString().isEmpty())
        return value.toString();
    return badRequest(QStringLiteral("%1: a string that is not empty is needed").arg(QLatin1String(name)));
}

Result<feed::ListRequest, feed::ReplyError> listRequest(const QJsonObject &request)
{
    const auto list = readRequest<feed::ListRequest>(request);
    if (!list)
        return list.error();
    if (list->offset < 0)
        return badRequest(QStringLiteral("offset: 0 or more is needed, not %1").arg(list->offset));
    if (list->limit < 1 || list->limit > feed::maxRows)
        return badRequest(
            QStringLiteral("limit: 1 to %1 is needed, not %2").arg(feed::maxRows).arg(list->limit));
    return *list;
}

/// The page as fields of a reply.
template <class Page>
Reply<Page> pageReply(MonitorCommands::Answer answer)
{
    return [answer = std::move(answer)](Result<Page, feed::ReplyError> page) {
        if (page)
            answer(fields::toJson(*page));
        else
            answer(page.error());
    };
}

struct Command
{
    const char *type;
    void (MonitorCommands::*run)(const QJsonObject &request, MonitorCommands::Answer answer);
    bool isChange;
};

} // namespace

struct MonitorCommands::Table
{
    static constexpr std::array<Command, 8> rows{
        {{"listClients", &MonitorCommands::listClients, false},
         {"listWaiting", &MonitorCommands::listWaiting, false},
         {"history", &MonitorCommands::history, false},
         {"disconnectClient", &MonitorCommands::disconnectClient, true},
         {"notifyAll", &MonitorCommands::notifyAll, true},
         {"setLogLevel", &MonitorCommands::setLogLevel, true},
         {"drain", &MonitorCommands::drain, true},
         {"backup", &MonitorCommands::backup, true}}};

    static const Command *find(const QString &type)
    {
        const auto found = std::find_if(rows.begin(), rows.end(), [&type](const Command &command) {
            return type == QLatin1String(command.type);
        });
        return found == rows.end() ? nullptr : &*found;
    }
};

void MonitorCommands::run(const QString &type, const QJsonObject &request, Answer answer)
{
    if (const Command *command = Table::find(type)) {
        (this->*command->run)(request, std::move(answer));
        return;
    }
    QStringList names{QStringLiteral("subscribe")};
    for (const Command &command : Table::rows)
        names << QLatin1String(command.type);
    answer(feed::ReplyError{QStringLiteral("unknown_type"),
                            QStringLiteral("type: there are ") + names.join(QLatin1String(", "))});
}

bool MonitorCommands::isChange(const QString &type)
{
    const Command *command = Table::find(type);
    return command && command->isChange;
}

bool MonitorCommands::isKnown(const QString &type)
{
    return Table::find(type) || type == QLatin1String("subscribe");
}

QString MonitorCommands::describe(const QJsonObject &request)
{
    constexpr qsizetype longest = 200;
    constexpr std::array<const char *, 10> shown{"sid",   "level", "path",   "range",  "offset",
                                                 "limit", "sort",  "filter", "topics", "intervalMs"};
    QString line = request.value(QLatin1String("type")).toString().left(64);
    for (const char *name : shown) {
        const QJsonValue value = request.value(QLatin1String(name));
        if (value.isString() && !value.toString().isEmpty())
            line += u' ' + QLatin1String(name) + u'=' + value.toString().left(longest);
        else if (value.isDouble())
            line += u' ' + QLatin1String(name) + u'=' + QString::number(value.toDouble(), 'g', 15);
        else if (value.isArray())
            line +=
                u' ' + QLatin1String(name) + u'=' + value.toVariant().toStringList().join(u',').left(longest);
    }
    return line;
}

void MonitorCommands::listClients(const QJsonObject &request, Answer answer)
{
    const auto list = listRequest(request);
    if (list)
        m_host.listClients(*list, pageReply<feed::ClientPage>(std::move(answer)));
    else
        answer(list.error());
}

void MonitorCommands::listWaiting(const QJsonObject &request, Answer answer)
{
    const auto list = listRequest(request);
    if (list)
        m_host.listWaiting(*list, pageReply<feed::WaitingPage>(std::move(answer)));
    else
        answer(list.error());
}

void MonitorCommands::history(const QJsonObject &request, Answer answer)
{
    const QString range = request.value(QLatin1String("range")).toString();
    if (feed::historyRanges().contains(range))
        answer(fields::toJson(m_host.history(range)));
    else
        answer(badRequest(QStringLiteral("range: it is one of ") +
                          feed::historyRanges().join(QLatin1String(", "))));
}

void MonitorCommands::disconnectClient(const QJsonObject &request, Answer answer)
{
    const auto sid = text(request, "sid");
    if (!sid) {
        answer(sid.error());
        return;
    }
    m_host.disconnectClient(sid->toUtf8(), [answer](const Result<Nothing, feed::ReplyError> &done) {
        if (done)
            answer(QJsonObject());
        else
            answer(done.error());
    });
}

void MonitorCommands::notifyAll(const QJsonObject &request, Answer answer)
{
    const auto message = text(request, "text");
    if (!message || message->trimmed().isEmpty()) {
        answer(badRequest(QStringLiteral("text: a string that is not empty is needed")));
        return;
    }
    if (message->size() > m_host.maxTextLength()) {
        answer(badRequest(QStringLiteral("text: it has %1 characters, and may have %2 (MAX_TEXT_LENGTH)")
                              .arg(message->size())
                              .arg(m_host.maxTextLength())));
        return;
    }
    m_host.notifyAll(*message, [answer](const Result<qint64, feed::ReplyError> &clients) {
        if (clients)
            answer(QJsonObject{{QStringLiteral("clients"), *clients}});
        else
            answer(clients.error());
    });
}

void MonitorCommands::setLogLevel(const QJsonObject &request, Answer answer)
{
    const QString name = request.value(QLatin1String("level")).toString();
    if (!m_host.setLogLevel(name)) {
        answer(badRequest(QStringLiteral("level: it is one of error, warn, info, debug")));
        return;
    }
    answer(QJsonObject{{QStringLiteral("level"), name.toLower()}});
}

void MonitorCommands::drain(const QJsonObject &, Answer answer)
{
    answer(QJsonObject()); // before: the end of the server closes the connection
    m_host.drain();
}

void MonitorCommands::backup(const QJsonObject &request, Answer answer)
{
    const auto path = text(request, "path");
    const auto isControl = [](QChar c) { return c.category() == QChar::Other_Control; };
    if (!path || !QDir::isAbsolutePath(*path) || QDir::fromNativeSeparators(*path).endsWith(u'/') ||
        std::any_of(path->cbegin(), path->cend(), isControl)) {
        answer(badRequest(QStringLiteral("path: the absolute path of a new file is needed")));
        return;
    }
    const QString file = QDir::cleanPath(*path);
    m_host.backup(file, [answer, path = file](const Result<qint64, feed::ReplyError> &bytes) {
        if (bytes)
            answer(QJsonObject{{QStringLiteral("path"), path}, {QStringLiteral("bytes"), *bytes}});
        else
            answer(bytes.error());
    });
}

} // namespace concierge::monitoring
