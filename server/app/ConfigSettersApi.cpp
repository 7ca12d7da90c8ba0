#include "app/ConfigSetters.h"

/// Settings of the platform's own back end.
namespace concierge::app::setters {

std::optional<QString> setApiUrl(Config &config, const QString &text)
{
    config.api.url.clear();
    if (text.isEmpty())
        return std::nullopt;
    const QUrl url(text.trimmed(), QUrl::StrictMode);
    const bool isHttp = url.scheme() == QLatin1String("http") || url.scheme() == QLatin1String("https");
    if (!url.isValid() || !isHttp || url.host().isEmpty() || url.hasFragment() || url.port() == 0)
        return QStringLiteral("is no such address");
    if (!url.userInfo().isEmpty())
        return QStringLiteral(
            "has a user or a password in it, which are not sent: requests are signed with API_KEY");
    config.api.url = url;
    return std::nullopt;
}

std::optional<QString> setApiKey(Config &config, const QString &text)
{
    config.api.keys.key = text.toUtf8();
    return std::nullopt;
}

std::optional<QString> setApiKeyFile(Config &config, const QString &text)
{
    if (text.contains(QChar(0)) || (!text.isEmpty() && text.trimmed().isEmpty()))
        return QStringLiteral("is no path");
    config.api.keys.file = text;
    return std::nullopt;
}

std::optional<QString> setApiTimeout(Config &config, const QString &text)
{
    constexpr qint64 shortest = 100;
    constexpr qint64 longest = 300'000;
    const auto value = milliseconds(text.trimmed());
    if (!value || *value < shortest || *value > longest)
        return unknownValue();
    config.api.timeout = Milliseconds(*value);
    return std::nullopt;
}

std::optional<QString> setApiOutbox(Config &config, const QString &text)
{
    constexpr qint64 least = 100'000;
    constexpr qint64 most = 10'000'000'000'000;
    const auto value = bytes(text.trimmed());
    if (!value || *value < least || *value > most)
        return unknownValue();
    config.api.outboxMaxBytes = *value;
    return std::nullopt;
}

std::optional<QString> setApiRate(Config &config, const QString &text)
{
    constexpr qint64 most = 100'000;
    bool isNumber = false;
    const qint64 number = text.toLongLong(&isNumber);
    if (!isNumber || number < 0 || number > most)
        return unknownValue();
    config.api.rate = number;
    return std::nullopt;
}

} // namespace concierge::app::setters
