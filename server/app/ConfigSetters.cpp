#include "app/ConfigSetters.h"

#include <QRegularExpression>
#include <QThread>
#include <QUrl>

#include <algorithm>
#include <limits>
#include <span>
#include <utility>

namespace concierge::app::setters {

namespace {

/// `number` × the factor of its suffix, or nothing.
std::optional<qint64> scaled(const QString &text, std::span<const std::pair<QLatin1String, qint64>> units)
{
    qsizetype digits = 0;
    while (digits < text.size() && text[digits] >= u'0' && text[digits] <= u'9')
        ++digits;
    bool isNumber = false;
    const qint64 number = QStringView(text).first(digits).toLongLong(&isNumber);
    const QStringView suffix = QStringView(text).sliced(digits);
    if (!isNumber)
        return std::nullopt;
    if (suffix.isEmpty())
        return number;
    for (const auto &[name, factor] : units) {
        if (suffix.compare(name, Qt::CaseInsensitive) != 0)
            continue;
        return number > std::numeric_limits<qint64>::max() / factor ? std::nullopt
                                                                    : std::optional(number * factor);
    }
    return std::nullopt;
}

/// Schemes that no page has: most likely `http` or `https` was meant.
bool isPageScheme(const QString &scheme)
{
    constexpr std::array<const char *, 5> never{"ws", "wss", "ftp", "file", "mailto"};
    return !scheme.isEmpty() && std::none_of(never.begin(), never.end(), [&scheme](const char *name) {
        return scheme == QLatin1String(name);
    });
}

/// scheme://host[:port] as a browser writes an Origin, or nothing. Mobile shells have schemes of their own
/// (capacitor://localhost).
std::optional<QByteArray> normalisedOrigin(const QString &text)
{
    const QUrl url(text, QUrl::StrictMode);
    const bool isOrigin = url.isValid() && isPageScheme(url.scheme()) && !url.host().isEmpty() &&
                          !url.host().contains(u'*') &&
                          (url.path().isEmpty() || url.path() == QLatin1String("/")) && !url.hasQuery() &&
                          !url.hasFragment() && url.userInfo().isEmpty() && url.port() != 0;
    if (!isOrigin)
        return std::nullopt;
    const QString host = url.host(QUrl::FullyEncoded);
    QByteArray origin = url.scheme().toUtf8() + "://";
    origin += host.contains(u':') && !host.startsWith(u'[') ? '[' + host.toUtf8() + ']' : host.toUtf8();
    const bool isStandardPort = (url.scheme() == QLatin1String("https") && url.port() == 443) ||
                                (url.scheme() == QLatin1String("http") && url.port() == 80);
    if (url.port() > 0 && !isStandardPort)
        origin += ':' + QByteArray::number(url.port());
    return origin;
}

} // namespace

std::optional<qint64> milliseconds(const QString &text)
{
    static constexpr std::array<std::pair<QLatin1String, qint64>, 5> units{
        {{QLatin1String("ms"), 1},
         {QLatin1String("s"), 1'000},
         {QLatin1String("m"), 60'000},
         {QLatin1String("h"), 3'600'000},
         {QLatin1String("d"), 86'400'000}}};
    return scaled(text, units);
}

std::optional<qint64> bytes(const QString &text)
{
    static constexpr std::array<std::pair<QLatin1String, qint64>, 4> units{
        {{QLatin1String("KB"), 1'000},
         {QLatin1String("MB"), 1'000'000},
         {QLatin1String("GB"), 1'000'000'000},
         {QLatin1String("TB"), 1'000'000'000'000}}};
    return scaled(text, units);
}

QString unknownValue()
{
    return QStringLiteral("has an unknown value");
}

std::optional<QString> setClientUrl(Config &config, const QString &text)
{
    config.cors = {};
    if (text == QLatin1String("none"))
        return std::nullopt;
    bool isEmpty = true;
    for (const QString &part : text.split(u',', Qt::SkipEmptyParts)) {
        const QString entry = part.trimmed();
        if (entry.isEmpty())
            continue;
        isEmpty = false;
        if (entry == QLatin1String("*")) {
            config.cors.anyOrigin = true;
            continue;
        }
        const auto origin = normalisedOrigin(entry);
        if (!origin)
            return QStringLiteral("has an entry that is no origin");
        if (!config.cors.origins.contains(*origin))
            config.cors.origins.append(*origin);
    }
    return isEmpty ? std::optional(QStringLiteral("names no origin")) : std::nullopt;
}

std::optional<QString> setSocketPath(Config &config, const QString &text)
{
    static const QRegularExpression valid(QStringLiteral("^(/[A-Za-z0-9._~-]+)+/?\\z"));
    if (!valid.match(text).hasMatch())
        return QStringLiteral("is no path");
    config.socketPath = (text.endsWith(u'/') ? text.chopped(1) : text).toUtf8();
    return std::nullopt;
}

std::optional<QString> setMonitorSocket(Config &config, const QString &text)
{
    // What a socket's address has room for, on every Unix.
    constexpr qsizetype longest = 100;
    const bool isPath = text.startsWith(u'/') || text.startsWith(QLatin1String("\\\\"));
    if (text.toUtf8().size() > longest)
        return QStringLiteral("is longer than %1 bytes, the most that every system takes").arg(longest);
    if (text.trimmed().isEmpty() || text.contains(QChar(0)) || (!isPath && text.contains(u'/')))
        return QStringLiteral("is no name and no absolute path");
    config.monitorSocket = text.compare(QLatin1String("none"), Qt::CaseInsensitive) == 0 ? QString() : text;
    return std::nullopt;
}

std::optional<QString> setAlertDisk(Config &config, const QString &text)
{
    const auto value = bytes(text.trimmed());
    if (!value || *value < 0)
        return unknownValue();
    config.alerts.diskFree = *value;
    return std::nullopt;
}

std::optional<QString> setRegisterTimeout(Config &config, const QString &text)
{
    constexpr qint64 longest = 86'400'000;
    const auto value = milliseconds(text.trimmed());
    if (!value || *value < 0 || *value > longest || (*value > 0 && *value < 100))
        return unknownValue();
    config.limits.registerTimeout = Milliseconds(*value);
    return std::nullopt;
}

std::optional<QString> setTrustProxy(Config &config, const QString &text)
{
    config.proxies = {};
    for (const QString &part : text.split(u',', Qt::SkipEmptyParts)) {
        const QString entry = part.trimmed();
        if (!entry.isEmpty() && !config.proxies.add(entry))
            return QStringLiteral("has an entry that is neither an address nor a network");
    }
    return std::nullopt;
}

std::optional<QString> setDataDir(Config &config, const QString &text)
{
    if (text.contains(QChar(0)) || text.trimmed().isEmpty())
        return QStringLiteral("is no path");
    config.dataDir = text;
    return std::nullopt;
}

std::optional<QString> setRunAs(Config &config, const QString &text)
{
    config.runAs = text.trimmed(); // see isUser()
    return std::nullopt;
}

std::optional<QString> setCoreDumps(Config &config, const QString &text)
{
    const bool isOn = text.compare(QLatin1String("on"), Qt::CaseInsensitive) == 0;
    if (!isOn && text.compare(QLatin1String("off"), Qt::CaseInsensitive) != 0)
        return unknownValue();
    config.coreDumps = isOn;
    return std::nullopt;
}

std::optional<QString> setLogFile(Config &config, const QString &text)
{
    if (text.contains(QChar(0)) || (!text.isEmpty() && text.trimmed().isEmpty()))
        return QStringLiteral("is no path");
    config.logFile = text;
    return std::nullopt;
}

std::optional<QString> setWorkers(Config &config, const QString &text)
{
    if (text == QLatin1String("auto")) {
        const int cores = QThread::idealThreadCount();
        config.workers = cores < 4 ? 1 : std::min(cores - 2, 64);
        return std::nullopt;
    }
    return setNumber<&Config::workers, 1, 64>(config, text);
}

std::optional<QString> setUserClaim(Config &config, const QString &text)
{
    config.tokens.userClaim = text.trimmed().toUtf8();
    return std::nullopt;
}

std::optional<QString> setExpiry(Config &config, const QString &text)
{
    config.tokens.mustExpire = text.compare(QLatin1String("required"), Qt::CaseInsensitive) == 0;
    const bool isKnown =
        config.tokens.mustExpire || text.compare(QLatin1String("optional"), Qt::CaseInsensitive) == 0;
    return isKnown ? std::nullopt : std::optional(unknownValue());
}

std::optional<QString> setCookie(Config &config, const QString &text)
{
    static const QRegularExpression valid(QStringLiteral("^[A-Za-z0-9!#$%&'*+.^_`|~-]+\\z")); // RFC 6265
    if (!valid.match(text).hasMatch())
        return QStringLiteral("is no name of a cookie");
    const bool isNone = text.compare(QLatin1String("none"), Qt::CaseInsensitive) == 0;
    config.authCookie = isNone ? QByteArray() : text.toUtf8();
    return std::nullopt;
}

std::optional<QString> setChatAuth(Config &config, const QString &text)
{
    config.chatsByToken = text.compare(QLatin1String("token"), Qt::CaseInsensitive) == 0;
    const bool isKnown = config.chatsByToken || text.compare(QLatin1String("open"), Qt::CaseInsensitive) == 0;
    return isKnown ? std::nullopt : std::optional(unknownValue());
}

} // namespace concierge::app::setters
