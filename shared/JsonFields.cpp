#include "shared/JsonFields.h"

#include <cmath>

namespace concierge::fields {

namespace {

/// Beyond it, not every integer is a double.
constexpr double integerMax = 9'007'199'254'740'992.0;

bool isInteger(const QJsonValue &json)
{
    const double number = json.toDouble();
    return json.isDouble() && std::abs(number) <= integerMax && std::floor(number) == number;
}

} // namespace

QString detail::describeType(const QJsonValue &value)
{
    switch (value.type()) {
    case QJsonValue::Null:
        return QStringLiteral("null");
    case QJsonValue::Bool:
        return QStringLiteral("true or false");
    case QJsonValue::Double:
        return QStringLiteral("the number %1").arg(value.toDouble());
    case QJsonValue::String:
        return QStringLiteral("a string");
    case QJsonValue::Array:
        return QStringLiteral("an array");
    case QJsonValue::Object:
        return QStringLiteral("an object");
    case QJsonValue::Undefined:
        break;
    }
    return QStringLiteral("nothing");
}

Error mismatch(const char *wanted, const QJsonValue &found)
{
    return {QStringLiteral("%1 is needed, not %2").arg(QLatin1String(wanted), detail::describeType(found))};
}

Error within(const QString &field, const Error &error)
{
    // "connections" + "now: …" is "connections.now: …", and "now" + "a number …" is "now: a number …".
    const bool isNested = error.text.indexOf(QLatin1String(": ")) > 0;
    return {field + (isNested ? QLatin1String(".") : QLatin1String(": ")) + error.text};
}

std::optional<Error> fromJson(const QJsonValue &json, bool &value)
{
    if (!json.isBool())
        return mismatch("true or false", json);
    value = json.toBool();
    return std::nullopt;
}

std::optional<Error> fromJson(const QJsonValue &json, int &value)
{
    qint64 wide = 0;
    if (auto error = fromJson(json, wide))
        return error;
    if (wide < std::numeric_limits<int>::min() || wide > std::numeric_limits<int>::max())
        return mismatch("a 32-bit integer", json);
    value = static_cast<int>(wide);
    return std::nullopt;
}

std::optional<Error> fromJson(const QJsonValue &json, qint64 &value)
{
    if (!isInteger(json))
        return mismatch("an integer", json);
    value = json.toInteger();
    return std::nullopt;
}

std::optional<Error> fromJson(const QJsonValue &json, double &value)
{
    if (!json.isDouble())
        return mismatch("a number", json);
    value = json.toDouble();
    return std::nullopt;
}

std::optional<Error> fromJson(const QJsonValue &json, QString &value)
{
    if (!json.isString())
        return mismatch("a string", json);
    value = json.toString();
    return std::nullopt;
}

} // namespace concierge::fields
