#pragma once

#include <QJsonArray>
#include <QJsonObject>
#include <QList>
#include <QMap>
#include <QString>

#include <concepts>
#include <optional>
#include <utility>

/// JSON for plain structs that list their fields once:
///
///     template <class Self, class Visit> static void describe(Self &self, Visit &&visit)
///     {
///         visit("name", self.name);
///     }
///
/// Reading keeps the default of what is missing, passes over what is unknown, and refuses what is of another
/// type: so a peer of an older or a newer version is understood as far as both know. Thread: any.
namespace concierge::fields {

/// Where and why an object could not be read: "connections.now: a number is needed, not a string".
struct Error
{
    QString text;
};

namespace detail {
struct AnyVisitor
{
    template <class Field>
    void operator()(const char *, Field &) const
    {}
};
QString describeType(const QJsonValue &value);
} // namespace detail

template <class T>
concept Described = requires(T &value)
{
    T::describe(value, detail::AnyVisitor());
};

inline QJsonValue toJson(bool value)
{
    return value;
}
inline QJsonValue toJson(int value)
{
    return value;
}
inline QJsonValue toJson(qint64 value)
{
    return value;
}
inline QJsonValue toJson(double value)
{
    return value;
}
inline QJsonValue toJson(const QString &value)
{
    return value;
}
template <class T>
QJsonValue toJson(const std::optional<T> &value);
template <class T>
QJsonValue toJson(const QList<T> &list);
template <class T>
QJsonValue toJson(const QMap<QString, T> &map);
/// The object; QJsonValue of it where it is a field.
template <Described T>
QJsonObject toJson(const T &value);

std::optional<Error> fromJson(const QJsonValue &json, bool &value);
std::optional<Error> fromJson(const QJsonValue &json, int &value);
std::optional<Error> fromJson(const QJsonValue &json, qint64 &value);
std::optional<Error> fromJson(const QJsonValue &json, double &value);
std::optional<Error> fromJson(const QJsonValue &json, QString &value);
template <class T>
std::optional<Error> fromJson(const QJsonValue &json, std::optional<T> &value);
template <class T>
std::optional<Error> fromJson(const QJsonValue &json, QList<T> &list);
template <class T>
std::optional<Error> fromJson(const QJsonValue &json, QMap<QString, T> &map);
template <Described T>
std::optional<Error> fromJson(const QJsonValue &json, T &value);

Error mismatch(const char *wanted, const QJsonValue &found);
Error within(const QString &field, const Error &error);

template <class T>
QJsonValue toJson(const std::optional<T> &value)
{
    return value ? QJsonValue(toJson(*value)) : QJsonValue(QJsonValue::Null);
}

template <class T>
QJsonValue toJson(const QList<T> &list)
{
    QJsonArray array;
    for (const T &item : list)
        array.append(toJson(item));
    return array;
}

template <class T>
QJsonValue toJson(const QMap<QString, T> &map)
{
    QJsonObject object;
    for (auto item = map.cbegin(); item != map.cend(); ++item)
        object.insert(item.key(), toJson(item.value()));
    return object;
}

template <Described T>
QJsonObject toJson(const T &value)
{
    QJsonObject object;
    T::describe(value, [&object](const char *name, const auto &field) {
        object.insert(QLatin1String(name), toJson(field));
    });
    return object;
}

template <class T>
std::optional<Error> fromJson(const QJsonValue &json, std::optional<T> &value)
{
    if (json.isNull()) {
        value.reset();
        return std::nullopt;
    }
    return fromJson(json, value.emplace());
}

template <class T>
std::optional<Error> fromJson(const QJsonValue &json, QList<T> &list)
{
    if (!json.isArray())
        return mismatch("an array", json);
    list.clear();
    const QJsonArray array = json.toArray();
    list.reserve(array.size());
    for (const QJsonValue &item : array) {
        T value{};
        if (auto error = fromJson(item, value))
            return within(QString::number(list.size()), *error);
        list.append(std::move(value));
    }
    return std::nullopt;
}

template <class T>
std::optional<Error> fromJson(const QJsonValue &json, QMap<QString, T> &map)
{
    if (!json.isObject())
        return mismatch("an object", json);
    map.clear();
    const QJsonObject object = json.toObject();
    for (auto item = object.begin(); item != object.end(); ++item) {
        T value{};
        if (auto error = fromJson(item.value(), value))
            return within(item.key(), *error);
        map.insert(item.key(), std::move(value));
    }
    return std::nullopt;
}

template <Described T>
std::optional<Error> fromJson(const QJsonValue &json, T &value)
{
    if (!json.isObject())
        return mismatch("an object", json);
    const QJsonObject object = json.toObject();
    std::optional<Error> failure;
    T::describe(value, [&object, &failure](const char *name, auto &field) {
        const auto item = object.constFind(QLatin1String(name));
        if (failure || item == object.constEnd())
            return;
        if (auto error = fromJson(item.value(), field))
            failure = within(QLatin1String(name), *error);
    });
    return failure;
}

} // namespace concierge::fields
