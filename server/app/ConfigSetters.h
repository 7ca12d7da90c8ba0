#pragma once

#include "app/Config.h"

#include <QString>

#include <array>
#include <optional>
#include <type_traits>

/// What ConfigTable's rows apply: each puts a text into the configuration, or says what is wrong with it in a
/// few words. Nobody else's.
namespace concierge::app::setters {

std::optional<qint64> milliseconds(const QString &text);

std::optional<qint64> bytes(const QString &text);

QString unknownValue();

template <auto Member, qint64 Low, qint64 High>
std::optional<QString> setNumber(Config &config, const QString &text)
{
    bool isNumber = false;
    const qint64 number = text.toLongLong(&isNumber);
    if (!isNumber || number < Low || number > High)
        return unknownValue();
    config.*Member = static_cast<std::remove_reference_t<decltype(config.*Member)>>(number);
    return std::nullopt;
}

template <auto Member, qint64 Low, qint64 High>
std::optional<QString> setDuration(Config &config, const QString &text)
{
    const auto value = milliseconds(text.trimmed());
    if (!value || *value < Low || *value > High)
        return unknownValue();
    config.*Member = Milliseconds(*value);
    return std::nullopt;
}

template <auto Member, qint64 Low, qint64 High>
std::optional<QString> setBytes(Config &config, const QString &text)
{
    const auto value = bytes(text.trimmed());
    if (!value || *value < Low || *value > High)
        return unknownValue();
    config.*Member = *value;
    return std::nullopt;
}

template <auto Member>
std::optional<QString> setAddress(Config &config, const QString &text)
{
    // QHostAddress reads `::` as IPv6 alone; Node, and so every operator of the seed, means both.
    if (text == QLatin1String("*") || text == QLatin1String("::")) {
        config.*Member = QHostAddress(QHostAddress::Any);
        return std::nullopt;
    }
    if (text == QLatin1String("localhost")) {
        config.*Member = QHostAddress(QHostAddress::LocalHost);
        return std::nullopt;
    }
    QHostAddress address;
    if (!address.setAddress(text))
        return QStringLiteral("is no address");
    config.*Member = address;
    return std::nullopt;
}

template <class Enum, auto Member, const auto &Names>
std::optional<QString> setEnum(Config &config, const QString &text)
{
    for (std::size_t i = 0; i < Names.size(); ++i) {
        if (text.compare(QLatin1String(Names[i]), Qt::CaseInsensitive) == 0) {
            config.*Member = static_cast<Enum>(i);
            return std::nullopt;
        }
    }
    return unknownValue();
}

constexpr std::array<const char *, 4> levelNames{"error", "warn", "info", "debug"};

constexpr std::array<const char *, 2> formatNames{"text", "json"};

constexpr std::array<const char *, 2> durabilityNames{"full", "relaxed"};

constexpr std::array<const char *, 3> environmentNames{"development", "production", "test"};

std::optional<QString> setClientUrl(Config &config, const QString &text);

std::optional<QString> setSocketPath(Config &config, const QString &text);

std::optional<QString> setMonitorSocket(Config &config, const QString &text);

template <auto Member, qint64 High>
std::optional<QString> setAlertNumber(Config &config, const QString &text)
{
    bool isNumber = false;
    const qint64 number = text.toLongLong(&isNumber);
    if (!isNumber || number < 0 || number > High)
        return unknownValue();
    config.alerts.*Member = number;
    return std::nullopt;
}

template <auto Member, qint64 High>
std::optional<QString> setAlertSpan(Config &config, const QString &text)
{
    const auto value = milliseconds(text.trimmed());
    if (!value || *value < 0 || *value > High)
        return unknownValue();
    config.alerts.*Member = Milliseconds(*value);
    return std::nullopt;
}

std::optional<QString> setAlertDisk(Config &config, const QString &text);

template <auto Member, qint64 High, qint64 Low = 0>
std::optional<QString> setLimit(Config &config, const QString &text)
{
    bool isNumber = false;
    const qint64 number = text.toLongLong(&isNumber);
    if (!isNumber || number < Low || number > High)
        return unknownValue();
    config.limits.*Member = static_cast<std::remove_reference_t<decltype(config.limits.*Member)>>(number);
    return std::nullopt;
}

template <auto Member, qint64 Low, qint64 High>
std::optional<QString> setLimitBytes(Config &config, const QString &text)
{
    const auto value = bytes(text.trimmed());
    if (!value || (*value != 0 && (*value < Low || *value > High)))
        return unknownValue();
    config.limits.*Member = *value;
    return std::nullopt;
}

std::optional<QString> setRegisterTimeout(Config &config, const QString &text);

std::optional<QString> setTrustProxy(Config &config, const QString &text);

std::optional<QString> setDataDir(Config &config, const QString &text);

std::optional<QString> setRunAs(Config &config, const QString &text);

std::optional<QString> setCoreDumps(Config &config, const QString &text);

std::optional<QString> setLogFile(Config &config, const QString &text);

template <auto Member>
std::optional<QString> setFileName(Config &config, const QString &text)
{
    if (text.contains(QChar(0)) || (!text.isEmpty() && text.trimmed().isEmpty()))
        return QStringLiteral("is no path");
    config.*Member = text;
    return std::nullopt;
}

std::optional<QString> setWorkers(Config &config, const QString &text);

std::optional<QString> setRedisUrl(Config &config, const QString &text);

std::optional<QString> setRedisKey(Config &config, const QString &text);

std::optional<QString> setRedisAdapter(Config &config, const QString &text);

std::optional<QString> setRedisRequired(Config &config, const QString &text);

std::optional<QString> setRedisCa(Config &config, const QString &text);

std::optional<QString> setApiUrl(Config &config, const QString &text);

std::optional<QString> setApiKey(Config &config, const QString &text);

std::optional<QString> setApiKeyFile(Config &config, const QString &text);

std::optional<QString> setApiTimeout(Config &config, const QString &text);

std::optional<QString> setApiOutbox(Config &config, const QString &text);

std::optional<QString> setApiRate(Config &config, const QString &text);

template <auto Member>
std::optional<QString> setKey(Config &config, const QString &text)
{
    config.keys.*Member = text.toUtf8();
    return std::nullopt;
}

template <auto Member>
std::optional<QString> setKeyFile(Config &config, const QString &text)
{
    if (text.contains(QChar(0)) || (!text.isEmpty() && text.trimmed().isEmpty()))
        return QStringLiteral("is no path");
    config.keys.*Member = text;
    return std::nullopt;
}

template <auto Member>
std::optional<QString> setTokenList(Config &config, const QString &text)
{
    QByteArrayList names;
    for (const QString &part : text.split(u',', Qt::SkipEmptyParts)) {
        if (const QString name = part.trimmed(); !name.isEmpty())
            names.append(name.toUtf8());
    }
    if (names.isEmpty() && !text.isEmpty())
        return QStringLiteral("names nobody");
    config.tokens.*Member = names;
    return std::nullopt;
}

std::optional<QString> setUserClaim(Config &config, const QString &text);

std::optional<QString> setExpiry(Config &config, const QString &text);

std::optional<QString> setCookie(Config &config, const QString &text);

std::optional<QString> setChatAuth(Config &config, const QString &text);

} // namespace concierge::app::setters
