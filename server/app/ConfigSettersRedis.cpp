#include "app/ConfigSetters.h"

#include <QRegularExpression>

/// Settings of the cluster.
namespace concierge::app::setters {

std::optional<QString> setRedisUrl(Config &config, const QString &text)
{
    config.redis.url.reset();
    if (text.trimmed().isEmpty())
        return std::nullopt;
    const auto url = redis::Url::parse(text);
    if (!url)
        return url.error();
    config.redis.url = *url;
    return std::nullopt;
}

std::optional<QString> setRedisKey(Config &config, const QString &text)
{
    // What Redis' patterns (PSUBSCRIBE) take for more than itself would make this server hear others.
    static const QRegularExpression valid(QStringLiteral("^[^\\x00-\\x20*?\\[\\]\\\\#\\x7f]{1,100}\\z"));
    if (!valid.match(text).hasMatch())
        return QStringLiteral("is no such key");
    config.redis.key = text.toUtf8();
    return std::nullopt;
}

std::optional<QString> setRedisAdapter(Config &config, const QString &text)
{
    static constexpr std::array<const char *, 2> names{"classic", "sharded"};
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (text.compare(QLatin1String(names[i]), Qt::CaseInsensitive) == 0) {
            config.redis.protocol = static_cast<cluster::Protocol>(i);
            return std::nullopt;
        }
    }
    return unknownValue();
}

std::optional<QString> setRedisRequired(Config &config, const QString &text)
{
    config.redis.isRequired = text.compare(QLatin1String("true"), Qt::CaseInsensitive) == 0;
    const bool isKnown =
        config.redis.isRequired || text.compare(QLatin1String("false"), Qt::CaseInsensitive) == 0;
    return isKnown ? std::nullopt : std::optional(unknownValue());
}

std::optional<QString> setRedisCa(Config &config, const QString &text)
{
    if (text.contains(QChar(0)) || (!text.isEmpty() && text.trimmed().isEmpty()))
        return QStringLiteral("is no path");
    config.redis.caFile = text;
    return std::nullopt;
}

} // namespace concierge::app::setters
