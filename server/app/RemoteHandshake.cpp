#include "app/RemoteHandshake.h"

#include "cluster/Utf8.h"
#include "socketio/Json.h"

#include <QDateTime>
#include <QLocale>
#include <QMap>

namespace concierge::app {

namespace {

bool isSecret(QByteArrayView lowerName)
{
    return lowerName == "cookie" || lowerName == "authorization" || lowerName == "proxy-authorization";
}

/// Node reads the bytes of headers as Latin-1.
QByteArray headerText(const QByteArray &bytes)
{
    return QString::fromLatin1(bytes).toUtf8();
}

/// As Node has them: lower case, those that come more than once joined.
QMap<QByteArray, QByteArray> headersOf(const transport::HttpRequest &request)
{
    QMap<QByteArray, QByteArray> headers;
    for (const auto &[name, value] : request.headers) {
        const QByteArray key = headerText(name.toLower());
        if (isSecret(key))
            continue;
        const auto known = headers.find(key);
        if (known == headers.end())
            headers.insert(key, headerText(value));
        else
            *known += ", " + headerText(value);
    }
    return headers;
}

void appendMember(QByteArray &out, QByteArrayView name, QByteArrayView json)
{
    if (out.size() > 1)
        out += ',';
    json::appendQuoted(out, name);
    out += ':';
    out += json;
}

QByteArray quotedUtf8(const QByteArray &bytes)
{
    QByteArray storage;
    return json::quoted(cluster::validUtf8(bytes, storage));
}

QByteArray headersJson(const transport::HttpRequest &request)
{
    const auto headers = headersOf(request);
    QByteArray out("{");
    for (auto header = headers.cbegin(); header != headers.cend(); ++header)
        appendMember(out, header.key(), json::quoted(header.value()));
    return out + '}';
}

QByteArray queryJson(const transport::HttpRequest &request)
{
    QByteArray out("{");
    QList<QByteArray> seen;
    for (const auto &[key, value] : request.query) {
        if (seen.contains(key))
            continue;
        seen.append(key);
        QByteArray storage;
        appendMember(out, cluster::validUtf8(key, storage), quotedUtf8(value));
    }
    return out + '}';
}

/// As JavaScript's Date does.
QByteArray dateText(Milliseconds since)
{
    const QDateTime time = QDateTime::fromMSecsSinceEpoch(since.count(), Qt::UTC);
    return QLocale::c().toString(time, QStringLiteral("ddd MMM dd yyyy HH:mm:ss")).toUtf8() +
           " GMT+0000 (Coordinated Universal Time)";
}

} // namespace

QByteArray remoteHandshake(const transport::HttpRequest &request, Milliseconds since)
{
    const auto flag = [](bool is) { return QByteArray(is ? "true" : "false"); };
    QByteArray out("{");
    appendMember(out, "headers", headersJson(request));
    appendMember(out, "time", json::quoted(dateText(since)));
    appendMember(out, "address", json::quoted(request.remoteAddress.toString().toUtf8()));
    appendMember(out, "xdomain", flag(request.header("Origin").has_value()));
    appendMember(out, "secure", flag(request.secure));
    appendMember(out, "issued", QByteArray::number(static_cast<qint64>(since.count())));
    appendMember(out, "url", quotedUtf8(request.target));
    appendMember(out, "query", queryJson(request));
    appendMember(out, "auth", "{}");
    return out + '}';
}

} // namespace concierge::app
