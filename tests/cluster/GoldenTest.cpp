/// Messages that Node's adapters and emitter published, as redis-server 7.0 passed them on: socket.io 4.8.4,
/// @socket.io/redis-adapter 8.3.0, @socket.io/redis-emitter 5.1.0. In golden_vectors.json `{"$bin":"hex"}` is
/// binary.

#include "cluster/ClassicCodec.h"
#include "cluster/ShardedCodec.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace concierge;
using namespace concierge::cluster;

namespace {

/// The value with what stands for binary data and dates as the vectors have it, or as JSON has it.
QJsonValue plain(const QJsonValue &value, const QList<QByteArray> &attachments = {})
{
    if (value.isArray()) {
        QJsonArray array;
        for (const QJsonValue element : value.toArray())
            array.append(plain(element, attachments));
        return array;
    }
    if (!value.isObject())
        return value;
    const QJsonObject object = value.toObject();
    if (object.contains(QLatin1String("$date")))
        return object[QLatin1String("$date")];
    if (!attachments.isEmpty() && object[QLatin1String("_placeholder")].toBool()) {
        const QByteArray &bytes = attachments[object[QLatin1String("num")].toInt()];
        return QJsonObject{{QStringLiteral("$bin"), QString::fromLatin1(bytes.toHex())}};
    }
    QJsonObject copy;
    for (auto it = object.begin(); it != object.end(); ++it)
        copy[it.key()] = plain(it.value(), attachments);
    return copy;
}

QJsonValue parsed(const QByteArray &json)
{
    const QJsonDocument document = QJsonDocument::fromJson(json);
    return document.isArray() ? QJsonValue(document.array()) : QJsonValue(document.object());
}

/// A payload as a value, by nothing but the msgpack reader.
QJsonValue valueOf(const QByteArray &payload)
{
    if (payload.startsWith('{'))
        return parsed(payload);
    const auto text = fromMsgpack(payload);
    return text ? plain(parsed(text->json), text->attachments) : QJsonValue(QStringLiteral("not msgpack"));
}

QByteArray shown(const QJsonValue &value)
{
    return value.isArray() ? QJsonDocument(value.toArray()).toJson(QJsonDocument::Compact)
                           : QJsonDocument(value.toObject()).toJson(QJsonDocument::Compact);
}

struct Vector
{
    QString set;
    QString label;
    QByteArray channel;
    QByteArray payload;
    QJsonValue decoded;
};

QList<Vector> vectors()
{
    QFile file(QFINDTESTDATA("golden_vectors.json"));
    if (!file.open(QIODevice::ReadOnly))
        qFatal("golden_vectors.json cannot be read");
    QList<Vector> all;
    for (const QJsonValue value : QJsonDocument::fromJson(file.readAll()).array()) {
        all.append({value[QLatin1String("set")].toString(), value[QLatin1String("label")].toString(),
                    value[QLatin1String("channel")].toString().toUtf8(),
                    QByteArray::fromHex(value[QLatin1String("hex")].toString().toLatin1()),
                    plain(value[QLatin1String("decoded")])});
    }
    return all;
}

QByteArray part(const QByteArray &channel, int index)
{
    return channel.split('#').value(index);
}

} // namespace

class GoldenTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void all_areThere();
    void classic_data();
    void classic();
    void sharded_data();
    void sharded();

private:
    void rows(const QString &sets);
};

void GoldenTest::all_areThere()
{
    QMap<QString, int> counts;
    for (const Vector &vector : vectors())
        ++counts[vector.set];
    const QMap<QString, int> expected{{QStringLiteral("classic"), 56},
                                      {QStringLiteral("classic_prefix_specific"), 8},
                                      {QStringLiteral("sharded"), 26},
                                      {QStringLiteral("streams"), 21}};
    QCOMPARE(counts, expected);
}

void GoldenTest::rows(const QString &sets)
{
    QTest::addColumn<QByteArray>("channel");
    QTest::addColumn<QByteArray>("payload");
    QTest::addColumn<QJsonValue>("decoded");
    QTest::addColumn<bool>("hasNodesBytes");
    int index = 0;
    for (const Vector &vector : vectors()) {
        if (!vector.set.startsWith(sets))
            continue;
        // Emitters put the flags before the exceptions. What was a date comes back as its text, and a huge
        // number is 0 already in what notepack wrote.
        const bool isOfEmitter = vector.payload.startsWith(classic::broadcastPrefix(emitterUid));
        const bool hasDates = vector.label.startsWith(QLatin1String("value types"));
        QTest::addRow("%d, %s", index++, qPrintable(vector.label))
            << vector.channel << vector.payload << vector.decoded << !(isOfEmitter || hasDates);
    }
}

void GoldenTest::classic_data()
{
    rows(QStringLiteral("classic"));
}

void GoldenTest::classic()
{
    QFETCH(const QByteArray, channel);
    QFETCH(const QByteArray, payload);
    QFETCH(const QJsonValue, decoded);
    QFETCH(const bool, hasNodesBytes);
    QCOMPARE(shown(valueOf(payload)), shown(decoded));

    const QByteArray nsp = part(channel, 1);
    const Channels channels(part(channel, 0).split('-').front(), nsp);
    const ChannelKind kind = channels.kindOf(channel);
    const auto message = classic::decode(kind, nsp, payload);
    QVERIFY(message);
    const auto encoded = classic::encode(*message, nsp);
    QVERIFY(encoded);
    QCOMPARE(shown(valueOf(*encoded)), shown(decoded));
    QCOMPARE(*encoded == payload, hasNodesBytes);
    const auto again = classic::decode(kind, nsp, *encoded);
    QVERIFY(again);
    QVERIFY(*again == *message);

    switch (kind) {
    case ChannelKind::Broadcast: {
        const auto &rooms = std::get<Broadcast>(message->body).options.rooms;
        QCOMPARE(channel, rooms.size() == 1 ? channels.ofRoom(rooms.front().name) : channels.everybody());
        QCOMPARE(channels.roomOf(channel).toByteArray(),
                 rooms.size() == 1 ? rooms.front().name : QByteArray());
        break;
    }
    case ChannelKind::Request:
        QCOMPARE(channel, channels.request());
        break;
    default: {
        const QByteArray uid = part(channel, 2);
        QCOMPARE(channel, uid.isEmpty() ? channels.response() : channels.responseTo(uid));
    }
    }
}

void GoldenTest::sharded_data()
{
    rows(QStringLiteral("sharded"));
}

void GoldenTest::sharded()
{
    QFETCH(const QByteArray, channel);
    QFETCH(const QByteArray, payload);
    QFETCH(const QJsonValue, decoded);
    QFETCH(const bool, hasNodesBytes);
    QCOMPARE(shown(valueOf(payload)), shown(decoded));

    const QByteArray nsp = part(channel, 1);
    const auto message = sharded::decode(nsp, payload);
    QVERIFY(message);
    const auto encoded = sharded::encode(*message, nsp);
    QVERIFY(encoded);
    QCOMPARE(shown(valueOf(*encoded)), shown(decoded));
    QCOMPARE(*encoded == payload, hasNodesBytes);
    const auto again = sharded::decode(nsp, *encoded);
    QVERIFY(again);
    QVERIFY(*again == *message);
}

QTEST_APPLESS_MAIN(GoldenTest)
#include "GoldenTest.moc"
