#include "shared/Feed.h"

#include <QJsonDocument>

#include <utility>

namespace concierge::feed {

const QStringList &historySeries()
{
    static const QStringList names{
        QStringLiteral("connections"), QStringLiteral("users"),      QStringLiteral("received"),
        QStringLiteral("delivered"),   QStringLiteral("read"),       QStringLiteral("waiting"),
        QStringLiteral("oldestMs"),    QStringLiteral("p95Ms"),      QStringLiteral("refused"),
        QStringLiteral("lagMs"),       QStringLiteral("cpuPercent"), QStringLiteral("rssBytes"),
        QStringLiteral("bytesIn"),     QStringLiteral("bytesOut")};
    return names;
}

const QStringList &historyRanges()
{
    static const QStringList names{QStringLiteral("10m"), QStringLiteral("1h"), QStringLiteral("24h"),
                                   QStringLiteral("7d"), QStringLiteral("90d")};
    return names;
}

QByteArray line(QLatin1String type, QJsonObject fields)
{
    fields.insert(QStringLiteral("type"), type);
    return QJsonDocument(fields).toJson(QJsonDocument::Compact) + '\n';
}

QByteArray replyLine(const QJsonValue &id, QJsonObject fields)
{
    fields.insert(QStringLiteral("id"), id);
    fields.insert(QStringLiteral("ok"), true);
    return line(QLatin1String("reply"), std::move(fields));
}

QByteArray errorReplyLine(const QJsonValue &id, const ReplyError &error)
{
    return line(QLatin1String("reply"), {{QStringLiteral("id"), id},
                                         {QStringLiteral("ok"), false},
                                         {QStringLiteral("error"), fields::toJson(error)}});
}

QByteArray errorLine(const ReplyError &error)
{
    return line(QLatin1String("error"), {{QStringLiteral("error"), fields::toJson(error)}});
}

Result<QJsonObject, LineError> parseLine(const QByteArray &line)
{
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(line, &error);
    if (error.error != QJsonParseError::NoError)
        return LineError{
            QStringLiteral("the line is no JSON: %1 at byte %2").arg(error.errorString()).arg(error.offset)};
    if (!document.isObject())
        return LineError{QStringLiteral("the line is no JSON object")};
    if (!document.object().value(QLatin1String("type")).isString())
        return LineError{QStringLiteral("the line has no \"type\"")};
    return document.object();
}

void LineBuffer::append(QByteArrayView bytes)
{
    if (m_isTooLong)
        return;
    if (m_begin > 0) {
        m_bytes.remove(0, m_begin);
        m_searched -= m_begin;
        m_begin = 0;
    }
    m_bytes.append(bytes);
}

std::optional<QByteArray> LineBuffer::next()
{
    if (m_isTooLong)
        return std::nullopt;
    const qsizetype end = m_bytes.indexOf('\n', m_searched);
    const qsizetype length = (end < 0 ? m_bytes.size() : end) - m_begin;
    if (length > m_limit) {
        m_isTooLong = true;
        m_bytes.clear();
        return std::nullopt;
    }
    if (end < 0) {
        m_searched = m_bytes.size();
        return std::nullopt;
    }
    QByteArray line = m_bytes.mid(m_begin, length);
    if (line.endsWith('\r'))
        line.chop(1);
    m_begin = m_searched = end + 1;
    return line;
}

} // namespace concierge::feed
