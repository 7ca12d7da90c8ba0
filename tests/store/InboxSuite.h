#pragma once

#include "chat/Inbox.h"
#include "support/FakeClock.h"

#include <QTest>

#include <functional>
#include <memory>
#include <optional>

namespace concierge::test {

/// One inbox to try, and how to wait until everything asked of it has been answered.
struct InboxUnderTest
{
    std::unique_ptr<chat::Inbox> inbox;
    std::function<void()> settle = [] {};
};

/// The promises of the Inbox port. Every implementation passes it; a program per implementation runs it.
class InboxSuite : public QObject
{
    Q_OBJECT

public:
    using Factory = std::function<InboxUnderTest(const Clock &clock, int maxPerUser, Milliseconds ttl)>;

    explicit InboxSuite(Factory make)
        : m_make(std::move(make))
    {}

private:
    static std::shared_ptr<const chat::Message> message(const QByteArray &id)
    {
        auto made = std::make_shared<chat::Message>();
        made->id = MessageId(id);
        made->sender = UserId("ann");
        made->chat = ChatId("flat");
        made->timestamp = Milliseconds(1'700'000'000'123);
        made->data = R"({"text":"\u0041","n":1.0})";
        made->attachments = {QByteArray("\0bytes", 6)};
        made->appendTimestamp = true;
        made->appendMessageId = true;
        return made;
    }
    chat::StoreResult append(const QByteArray &user, const QByteArray &id)
    {
        std::optional<chat::StoreResult> answer;
        m_inbox->append(UserId(user), message(id), [&answer](chat::StoreResult result) { answer = result; });
        m_settle();
        return answer.value(); // throws, and so fails, where nobody answered
    }
    std::vector<std::shared_ptr<const chat::Message>> loadMessages(const QByteArray &user)
    {
        std::optional<std::vector<std::shared_ptr<const chat::Message>>> answer;
        m_inbox->load(UserId(user), [&answer](auto found) { answer = std::move(found); });
        m_settle();
        return answer.value();
    }
    QByteArray load(const QByteArray &user)
    {
        QByteArrayList ids;
        for (const auto &found : loadMessages(user))
            ids.append(found->id.utf8());
        return ids.join(',');
    }
    void remove(const QByteArray &user, const QByteArrayList &ids)
    {
        std::vector<MessageId> messages;
        for (const QByteArray &id : ids)
            messages.emplace_back(id);
        m_inbox->remove(UserId(user), messages);
        m_settle();
    }
    void open(int maxPerUser = 100, Milliseconds ttl = std::chrono::hours(1))
    {
        InboxUnderTest made = m_make(m_clock, maxPerUser, ttl);
        m_inbox = std::move(made.inbox);
        m_settle = std::move(made.settle);
    }

    FakeClock m_clock;
    Factory m_make;
    std::unique_ptr<chat::Inbox> m_inbox;
    std::function<void()> m_settle;

private Q_SLOTS:
    void init() { open(); }
    void cleanup() { m_inbox.reset(); }

    void load_ofNobody_isEmpty()
    {
        QCOMPARE(load("bob"), QByteArray());
        QCOMPARE(m_inbox->waiting(UserId("bob")), 0);
    }

    void load_bringsWhatWasAppendedOldestFirst()
    {
        for (const auto *id : {"3", "1", "2"})
            QCOMPARE(append("bob", id), chat::StoreResult::Stored);
        append("cid", "9");
        QCOMPARE(load("bob"), QByteArray("3,1,2"));
        QCOMPARE(load("bob"), QByteArray("3,1,2")); // until removed
        QCOMPARE(m_inbox->waiting(UserId("bob")), 3);
        QCOMPARE(load("cid"), QByteArray("9"));
    }

    void load_bringsTheMessageAsItWas()
    {
        append("bob", "1");
        QCOMPARE(*loadMessages("bob").at(0), *message("1"));
    }

    void load_rightAfterAppend_bringsItToo()
    {
        QByteArrayList order;
        m_inbox->append(UserId("bob"), message("1"), [&order](chat::StoreResult) { order.append("stored"); });
        QCOMPARE(m_inbox->waiting(UserId("bob")), 1);
        m_inbox->load(UserId("bob"), [&order](const auto &found) {
            order.append("loaded " + QByteArray::number(static_cast<qint64>(found.size())));
        });
        m_settle();
        QCOMPARE(order, (QByteArrayList{"stored", "loaded 1"}));
    }

    void remove_takesJustThese_data()
    {
        QTest::addColumn<QByteArrayList>("removed");
        QTest::addColumn<QByteArray>("left");
        QTest::newRow("all") << QByteArrayList{"1", "2", "3", "4"} << QByteArray();
        QTest::newRow("the oldest") << QByteArrayList{"1", "2"} << QByteArray("3,4");
        QTest::newRow("the newest") << QByteArrayList{"4"} << QByteArray("1,2,3");
        QTest::newRow("the middle") << QByteArrayList{"3", "2"} << QByteArray("1,4");
        QTest::newRow("oldest and newest") << QByteArrayList{"1", "4"} << QByteArray("2,3");
        QTest::newRow("all, in another order") << QByteArrayList{"4", "3", "2", "1"} << QByteArray();
        QTest::newRow("unknown ones") << QByteArrayList{"7", "1", "8"} << QByteArray("2,3,4");
        QTest::newRow("none") << QByteArrayList{} << QByteArray("1,2,3,4");
    }
    void remove_takesJustThese()
    {
        QFETCH(QByteArrayList, removed);
        QFETCH(QByteArray, left);
        for (const auto *id : {"1", "2", "3", "4"})
            append("bob", id);
        append("cid", "1");
        remove("bob", removed);
        QCOMPARE(load("bob"), left);
        QCOMPARE(m_inbox->waiting(UserId("bob")), left.isEmpty() ? 0 : left.count(',') + 1);
        QCOMPARE(load("cid"), QByteArray("1"));
        append("bob", "5");
        QCOMPARE(load("bob"), left.isEmpty() ? QByteArray("5") : left + ",5");
    }

    void remove_ofNobody_isHarmless()
    {
        remove("bob", {"1"});
        QCOMPARE(load("bob"), QByteArray());
    }

    void append_overTheMaximum_isFullAndDropsNothing()
    {
        open(2);
        QCOMPARE(append("bob", "1"), chat::StoreResult::Stored);
        QCOMPARE(append("bob", "2"), chat::StoreResult::Stored);
        QCOMPARE(append("bob", "3"), chat::StoreResult::Full);
        QCOMPARE(append("cid", "3"), chat::StoreResult::Stored); // each has room of its own
        QCOMPARE(load("bob"), QByteArray("1,2"));
        remove("bob", {"1"});
        QCOMPARE(append("bob", "4"), chat::StoreResult::Stored);
        QCOMPARE(load("bob"), QByteArray("2,4"));
    }

    void message_olderThanItsTime_isNotDelivered()
    {
        open(2, Milliseconds(1'000));
        append("bob", "1");
        m_clock.advance(Milliseconds(600));
        append("bob", "2");
        m_clock.advance(Milliseconds(399));
        QCOMPARE(load("bob"), QByteArray("1,2"));
        m_clock.advance(Milliseconds(1));
        QCOMPARE(m_inbox->waiting(UserId("bob")), 1);
        QCOMPARE(load("bob"), QByteArray("2"));
        QCOMPARE(append("bob", "3"), chat::StoreResult::Stored); // it gave its room back
        m_clock.advance(Milliseconds(10'000));
        QCOMPARE(m_inbox->waiting(UserId("bob")), 0);
        QCOMPARE(load("bob"), QByteArray());
    }

    void members_areInTheOrderOfJoining()
    {
        const ChatId flat("flat");
        QCOMPARE(m_inbox->members(flat), QList<UserId>());
        for (const auto *user : {"cid", "ann", "bob", "ann"})
            m_inbox->addMember(flat, UserId(user));
        m_inbox->addMember(ChatId("barn"), UserId("eve"));
        QCOMPARE(m_inbox->members(flat), (QList<UserId>{UserId("cid"), UserId("ann"), UserId("bob")}));
        m_inbox->removeMember(flat, UserId("ann"));
        m_inbox->removeMember(flat, UserId("eve"));
        m_inbox->removeMember(ChatId("none"), UserId("eve"));
        QCOMPARE(m_inbox->members(flat), (QList<UserId>{UserId("cid"), UserId("bob")}));
        m_inbox->addMember(flat, UserId("ann"));
        QCOMPARE(m_inbox->members(flat), (QList<UserId>{UserId("cid"), UserId("bob"), UserId("ann")}));
        QCOMPARE(m_inbox->members(ChatId("barn")), QList<UserId>{UserId("eve")});
        m_inbox->removeMember(ChatId("barn"), UserId("eve"));
        QCOMPARE(m_inbox->members(ChatId("barn")), QList<UserId>());
    }
};

} // namespace concierge::test
