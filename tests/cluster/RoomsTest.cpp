#include "cluster/Rooms.h"

#include <QRandomGenerator>
#include <QTest>

#include <algorithm>
#include <map>
#include <set>

using namespace concierge;
using namespace concierge::cluster;

namespace {

SocketId sid(const char *name)
{
    return SocketId(name);
}

QList<QByteArray> sorted(const QList<SocketId> &sids)
{
    QList<QByteArray> names;
    for (const SocketId &each : sids)
        names.append(each.utf8());
    std::sort(names.begin(), names.end());
    return names;
}

QList<QByteArray> sorted(QList<QByteArray> names)
{
    std::sort(names.begin(), names.end());
    return names;
}

/// `a` in r and s, `b` in r, `c` in s, `d` in none.
Rooms filled()
{
    Rooms rooms;
    for (const char *name : {"a", "b", "c", "d"})
        rooms.add(sid(name));
    rooms.join(sid("a"), "r");
    rooms.join(sid("a"), "s");
    rooms.join(sid("b"), "r");
    rooms.join(sid("c"), "s");
    return rooms;
}

} // namespace

class RoomsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void matching_data();
    void matching();
    void audience_ofAll_hasNoList();
    void rooms_beginAndEnd();
    void sockets_areInTheirOwnRoom();
    void removed_isInNoRoom();
    void randomChanges_agreeWithSets();
};

void RoomsTest::matching_data()
{
    QTest::addColumn<QList<QByteArray>>("rooms");
    QTest::addColumn<QList<QByteArray>>("except");
    QTest::addColumn<QList<QByteArray>>("expected");
    const auto row = [](const char *name, const QList<QByteArray> &rooms, const QList<QByteArray> &except,
                        const QList<QByteArray> &expected) {
        QTest::newRow(name) << rooms << except << expected;
    };
    row("all", {}, {}, {"a", "b", "c", "d"});
    row("one room", {"r"}, {}, {"a", "b"});
    row("two rooms, each socket once", {"r", "s"}, {}, {"a", "b", "c"});
    row("the same room twice", {"r", "r"}, {}, {"a", "b"});
    row("a socket", {"d"}, {}, {"d"});
    row("a socket and a room it is in", {"a", "r"}, {}, {"a", "b"});
    row("unknown", {"x"}, {}, {});
    row("unknown and known", {"x", "r"}, {}, {"a", "b"});
    row("all but a room", {}, {"r"}, {"c", "d"});
    row("all but a socket", {}, {"a"}, {"b", "c", "d"});
    row("a room but another", {"r"}, {"s"}, {"b"});
    row("a room but itself", {"r"}, {"r"}, {});
    row("a room but an unknown one", {"r"}, {"x"}, {"a", "b"});
}

void RoomsTest::matching()
{
    QFETCH(const QList<QByteArray>, rooms);
    QFETCH(const QList<QByteArray>, except);
    QFETCH(const QList<QByteArray>, expected);
    const Rooms table = filled();
    BroadcastOptions options;
    for (const QByteArray &room : rooms)
        options.rooms.append({room});
    for (const QByteArray &room : except)
        options.except.append({room});
    for (int i = 0; i < 2; ++i) // what the first leaves behind does not show
        QCOMPARE(sorted(table.matching(options)), expected);
    const Audience audience = table.audience(options);
    QCOMPARE(audience.isEveryone, rooms.isEmpty());
    QCOMPARE(audience.isEveryone ? table.socketCount() - audience.sockets.size() : audience.sockets.size(),
             expected.size());
}

void RoomsTest::audience_ofAll_hasNoList()
{
    const Rooms table = filled();
    QVERIFY(table.audience({}) == (Audience{true, {}}));
    QVERIFY(table.audience({{}, {{"b"}}, {}}) == (Audience{true, {sid("b")}}));
    // Rooms that are no names are for nobody, not for everybody.
    const Room other{"null", Room::Kind::Other};
    QVERIFY(table.audience({{other}, {}, {}}) == (Audience{false, {}}));
    QVERIFY(table.audience({{}, {other}, {}}) == (Audience{true, {}}));
}

void RoomsTest::rooms_beginAndEnd()
{
    Rooms rooms;
    QCOMPARE(rooms.join(sid("a"), "r"), Rooms::Change::None); // who is that?
    QVERIFY(rooms.add(sid("a")));
    QVERIFY(!rooms.add(sid("a")));
    rooms.add(sid("b"));
    QCOMPARE(rooms.join(sid("a"), "r"), Rooms::Change::Existence);
    QCOMPARE(rooms.join(sid("a"), "r"), Rooms::Change::None);
    QCOMPARE(rooms.join(sid("b"), "r"), Rooms::Change::Member);
    QVERIFY(rooms.hasRoom("r"));
    QCOMPARE(rooms.leave(sid("b"), "x"), Rooms::Change::None);
    QCOMPARE(rooms.leave(sid("a"), "r"), Rooms::Change::Member);
    QCOMPARE(rooms.leave(sid("a"), "r"), Rooms::Change::None);
    QCOMPARE(rooms.leave(sid("b"), "r"), Rooms::Change::Existence);
    QVERIFY(!rooms.hasRoom("r"));
    QCOMPARE(rooms.join(sid("b"), "t"), Rooms::Change::Existence);
    QCOMPARE(rooms.roomsOf(sid("b")), (QList<QByteArray>{"b", "t"}));
}

void RoomsTest::sockets_areInTheirOwnRoom()
{
    Rooms rooms = filled();
    QVERIFY(rooms.hasRoom("d"));
    QCOMPARE(rooms.join(sid("d"), "d"), Rooms::Change::None);
    QCOMPARE(rooms.leave(sid("d"), "d"), Rooms::Change::None);
    QCOMPARE(rooms.roomsOf(sid("d")), QList<QByteArray>{"d"});
    // Another may join that too.
    QCOMPARE(rooms.join(sid("a"), "d"), Rooms::Change::Existence);
    QCOMPARE(sorted(rooms.matching({{{"d"}}, {}, {}})), (QList<QByteArray>{"a", "d"}));
    QCOMPARE(sorted(rooms.names()), (QList<QByteArray>{"a", "b", "c", "d", "r", "s"}));
    QCOMPARE(sorted(rooms.joinedRooms()), (QList<QByteArray>{"d", "r", "s"}));
}

void RoomsTest::removed_isInNoRoom()
{
    Rooms rooms = filled();
    QCOMPARE(rooms.remove(sid("a")), QList<QByteArray>());
    QCOMPARE(rooms.remove(sid("c")), QList<QByteArray>{"s"});
    QCOMPARE(rooms.remove(sid("c")), QList<QByteArray>());
    QVERIFY(!rooms.hasRoom("a"));
    QVERIFY(!rooms.hasRoom("s"));
    QCOMPARE(rooms.socketCount(), 2);
    QCOMPARE(sorted(rooms.matching({{{"r"}}, {}, {}})), QList<QByteArray>{"b"});
    QCOMPARE(rooms.roomsOf(sid("a")), QList<QByteArray>());
}

void RoomsTest::randomChanges_agreeWithSets()
{
    QRandomGenerator random(7); // the same at every run
    Rooms rooms;
    std::map<QByteArray, std::set<QByteArray>> model; // socket → rooms
    const auto name = [&](char kind, int count) { return kind + QByteArray::number(random.bounded(count)); };
    for (int step = 0; step < 20'000; ++step) {
        const QByteArray socket = name('s', 40);
        const QByteArray room = name('r', 25);
        switch (random.bounded(8)) {
        case 0:
            QCOMPARE(rooms.add(SocketId(socket)), model.try_emplace(socket).second);
            break;
        case 1:
            rooms.remove(SocketId(socket));
            model.erase(socket);
            break;
        case 2:
        case 3: {
            const bool wasIn = model.contains(socket) && model[socket].contains(room);
            QCOMPARE(rooms.leave(SocketId(socket), room) != Rooms::Change::None, wasIn);
            if (wasIn)
                model[socket].erase(room);
            break;
        }
        default:
            rooms.join(SocketId(socket), room);
            if (model.contains(socket))
                model[socket].insert(room);
        }
        const QByteArray other = name('r', 25);
        const QByteArray except = name('r', 25);
        QList<QByteArray> expected;
        for (const auto &[each, in] : model) {
            if ((in.contains(room) || in.contains(other)) && !in.contains(except))
                expected.append(each);
        }
        QCOMPARE(sorted(rooms.matching({{{room}, {other}}, {{except}}, {}})), expected);
    }
    for (const auto &[each, in] : model)
        QCOMPARE(rooms.roomsOf(SocketId(each)).size(), qsizetype(in.size()) + 1);
}

QTEST_APPLESS_MAIN(RoomsTest)
#include "RoomsTest.moc"
