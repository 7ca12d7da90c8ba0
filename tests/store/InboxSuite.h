#pragma once

#include "chat/Inbox.h"
#include "support/FakeClock.h"

#include <QTest>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>

namespace concierge::test {

inline std::shared_ptr<const chat::Message> messageOf(const QByteArray &id, qsizetype size = 0)
{
    auto made = std::make_shared<chat::Message>();
    made->id = MessageId(id);
    made->sender = UserId("ann");
    made->timestamp = Milliseconds(1'700'000'000'123);
    made->data = size > 0 ? QByteArray(size, 'x') : QByteArray(R"({"text":"\u0041","n":1.0})");
    return made;
}

inline std::shared_ptr<const chat::Receipt> receiptOf(const QByteArray &id)
{
    auto made = std::make_shared<chat::Receipt>();
    made->message = MessageId(id);
    made->receiver = UserId("cid");
    made->state = chat::MessageState::Read;
    made->timestamp = Milliseconds(1'700'000'000'456);
    return made;
}

inline QByteArray idOf(const chat::Entry &entry)
{
    if (const auto *message = std::get_if<std::shared_ptr<const chat::Message>>(&entry))
        return (*message)->id.utf8();
    return "r" + std::get<std::shared_ptr<const chat::Receipt>>(entry)->message.utf8();
}

/// One inbox to try, and how to wait for the next of its answers and run it.
struct InboxUnderTest
{
    std::unique_ptr<chat::Inbox> inbox;
    std::function<void()> waitForAnswer = [] { qFatal("the inbox has not answered from within"); };
};

/// Talks to an inbox, and writes down what it answers.
class InboxClient : private chat::InboxListener
{
public:
    void use(InboxUnderTest made)
    {
        m_inbox = std::move(made.inbox);
        m_wait = std::move(made.waitForAnswer);
        m_next = m_inbox->firstPosition();
        m_inbox->setListener(this);
        answers.clear();
        m_open = 0;
    }
    void end() { m_inbox.reset(); }
    chat::Inbox &inbox() { return *m_inbox; }

    /// Asks, and does not wait. The position.
    chat::InboxPosition append(const QByteArray &user, chat::Entry entry)
    {
        const chat::InboxPosition position = m_next++;
        ++m_open;
        m_inbox->append(UserId(user), position, std::move(entry));
        return position;
    }
    chat::InboxPosition append(const QByteArray &user, const QByteArray &id)
    {
        return append(user, messageOf(id));
    }
    void load(const QByteArray &user, chat::InboxPosition after = 0)
    {
        ++m_open;
        m_inbox->load(UserId(user), after, [this](chat::InboxPage loaded) {
            --m_open;
            page = std::move(loaded);
            QByteArrayList ids;
            for (const auto &waiting : page.entries)
                ids.append(idOf(waiting.entry));
            answers.append(page.isFailed ? QByteArray("unreadable") : "loaded " + ids.join(','));
        });
    }
    void sweep()
    {
        ++m_open;
        m_inbox->sweep([this](chat::Expired found) {
            --m_open;
            expired = std::move(found);
            answers.append("swept " + QByteArray::number(qint64(expired.entries.size())));
        });
    }
    bool remove(const QByteArray &user, chat::InboxPosition position)
    {
        return m_inbox->remove(UserId(user), position);
    }
    void record(const QByteArray &block) { m_recording = m_inbox->record(block); }
    /// Waits until everything has been answered.
    void settle()
    {
        while (m_open > 0 || m_recorded < m_recording)
            m_wait();
    }
    /// What waits, in all its pages.
    QByteArray all(const QByteArray &user)
    {
        settle();
        QByteArrayList ids;
        chat::InboxPosition after = 0;
        do {
            load(user, after);
            settle();
            for (const auto &waiting : page.entries) {
                ids.append(idOf(waiting.entry));
                after = waiting.position;
            }
        } while (!page.entries.empty());
        return ids.join(',');
    }

    QByteArrayList answers;
    chat::InboxPage page;
    chat::Expired expired;

private:
    void appended(const UserId &, chat::InboxPosition position, chat::StoreResult result) override
    {
        constexpr std::array<const char *, 3> words{"stored ", "removed ", "failed "};
        --m_open;
        answers.append(words.at(static_cast<std::size_t>(result)) +
                       QByteArray::number(position - m_inbox->firstPosition()));
    }
    void recorded(quint64 number) override
    {
        m_recorded = number;
        answers.append("recorded " + QByteArray::number(number));
    }

    std::unique_ptr<chat::Inbox> m_inbox;
    std::function<void()> m_wait;
    chat::InboxPosition m_next = 0;
    int m_open = 0;
    quint64 m_recording = 0;
    quint64 m_recorded = 0;
};

/// The promises of the Inbox port. Every implementation passes it; a program per implementation runs it.
class InboxSuite : public QObject
{
    Q_OBJECT

public:
    using Factory = std::function<InboxUnderTest(const Clock &clock, Milliseconds ttl)>;

    explicit InboxSuite(Factory make)
        : m_make(std::move(make))
    {}

private:
    FakeClock m_clock;
    Factory m_make;
    InboxClient m_client;

    void appendMany(const QByteArray &user, int count, qsizetype size = 0)
    {
        for (int i = 0; i < count; ++i)
            m_client.append(user, messageOf(QByteArray::number(i), size));
        m_client.settle();
    }

private Q_SLOTS:
    void init() { m_client.use(m_make(m_clock, Milliseconds(1'000))); }
    void cleanup() { m_client.end(); }

    void secret_is32Bytes() { QCOMPARE(m_client.inbox().secret().size(), 32); }

    void open_new_hasNothing()
    {
        QVERIFY(m_client.inbox().firstPosition() > 0);
        QVERIFY(m_client.inbox().takeEvidence().empty());
        QVERIFY(m_client.inbox().takeLedger().empty());
    }

    void load_ofNobody_answersFromWithin()
    {
        m_client.load("bob");
        QCOMPARE(m_client.answers, QByteArrayList{"loaded "});
        QCOMPARE(m_client.inbox().waiting(UserId("bob")), 0);
        QVERIFY(!m_client.inbox().hasEntries(UserId("bob")));
    }

    void load_bringsWhatWasAppendedOldestFirst()
    {
        for (const auto *id : {"3", "1", "2"})
            m_client.append("bob", QByteArray(id));
        m_client.append("cid", "9");
        m_client.settle();
        QCOMPARE(m_client.answers, (QByteArrayList{"stored 0", "stored 1", "stored 2", "stored 3"}));
        QCOMPARE(m_client.all("bob"), QByteArray("3,1,2"));
        QCOMPARE(m_client.all("bob"), QByteArray("3,1,2")); // until removed
        QCOMPARE(m_client.all("cid"), QByteArray("9"));
    }

    void load_bringsAMessageAsItWas_data()
    {
        QTest::addColumn<int>("flags");
        for (int flags = 0; flags < 8; ++flags)
            QTest::addRow("flags %d", flags) << flags;
    }
    void load_bringsAMessageAsItWas()
    {
        QFETCH(int, flags);
        chat::Message message = *messageOf(QByteArray("\0\xff'", 3));
        message.chat = ChatId(flags % 2 == 0 ? "fl\xc3\xa4t" : "");
        message.sender = UserId(flags < 4 ? "ann" : "");
        message.data = QByteArray("{\"text\":\"\xf0\x9f\x98\x80\0\"}", 15);
        if (flags > 1)
            message.attachments = {QByteArray("\0bytes", 6), QByteArray(), QByteArray(70'000, '\xfe')};
        message.appendSenderId = (flags & 1) != 0;
        message.appendTimestamp = (flags & 2) != 0;
        message.appendMessageId = (flags & 4) != 0;
        m_client.append("bob", std::make_shared<const chat::Message>(message));
        QCOMPARE(m_client.all("bob"), message.id.utf8());
        m_client.load("bob");
        m_client.settle();
        const auto found = std::get<0>(m_client.page.entries.at(0).entry);
        QCOMPARE(*found, message);
    }

    void load_bringsAReceiptAsItWas_data()
    {
        QTest::addColumn<int>("state");
        QTest::newRow("stored") << int(chat::MessageState::Stored);
        QTest::newRow("delivered") << int(chat::MessageState::Delivered);
        QTest::newRow("read") << int(chat::MessageState::Read);
        QTest::newRow("expired") << int(chat::MessageState::Expired);
    }
    void load_bringsAReceiptAsItWas()
    {
        QFETCH(int, state);
        chat::Receipt receipt = *receiptOf("7");
        receipt.state = static_cast<chat::MessageState>(state);
        receipt.chat = ChatId(state % 2 == 0 ? "flat" : "");
        m_client.append("bob", std::make_shared<const chat::Receipt>(receipt));
        m_client.settle();
        m_client.load("bob");
        m_client.settle();
        QCOMPARE(*std::get<1>(m_client.page.entries.at(0).entry), receipt);
    }

    void load_behindAPosition_bringsTheRest()
    {
        const auto first = m_client.append("bob", "1");
        m_client.append("cid", "x");
        const auto second = m_client.append("bob", "2");
        m_client.append("bob", "3");
        m_client.load("bob", first);
        m_client.load("bob", second);
        m_client.settle();
        QCOMPARE(m_client.answers.mid(4), (QByteArrayList{"loaded 2,3", "loaded 3"}));
        m_client.load("bob", second + 1);
        QCOMPARE(m_client.answers.back(), QByteArray("loaded ")); // from within
    }

    void load_ofMany_comesInPages()
    {
        appendMany("bob", 2'500);
        std::vector<std::size_t> sizes;
        chat::InboxPosition after = 0;
        do {
            m_client.load("bob", after);
            m_client.settle();
            sizes.push_back(m_client.page.entries.size());
            for (const auto &waiting : m_client.page.entries) {
                QVERIFY(waiting.position > after);
                after = waiting.position;
            }
        } while (!m_client.page.entries.empty());
        QCOMPARE(sizes, (std::vector<std::size_t>{1'000, 1'000, 500, 0}));
    }

    void load_ofLargeOnes_endsAtTheBytesOfAPage()
    {
        for (const qsizetype size : {300'000, 300'000, 300'000, 300'000, 2'000'000, 10})
            m_client.append("bob", messageOf(QByteArray::number(size), size));
        m_client.settle();
        QByteArrayList pages;
        chat::InboxPosition after = 0;
        do {
            m_client.load("bob", after);
            m_client.settle();
            pages.append(m_client.answers.back());
            if (!m_client.page.entries.empty())
                after = m_client.page.entries.back().position;
        } while (!m_client.page.entries.empty());
        QCOMPARE(pages, (QByteArrayList{"loaded 300000,300000,300000", "loaded 300000", "loaded 2000000",
                                        "loaded 10", "loaded "}));
    }

    void load_rightAfterAppend_bringsItToo()
    {
        m_client.append("bob", "1");
        QCOMPARE(m_client.inbox().waiting(UserId("bob")), 1);
        m_client.load("bob");
        m_client.settle();
        QCOMPARE(m_client.answers, (QByteArrayList{"stored 0", "loaded 1"}));
    }

    void remove_takesJustThese_data()
    {
        QTest::addColumn<QList<int>>("removed");
        QTest::addColumn<QByteArray>("left");
        QTest::newRow("all") << QList<int>{0, 1, 2, 3} << QByteArray();
        QTest::newRow("the oldest") << QList<int>{0, 1} << QByteArray("2,3");
        QTest::newRow("the newest") << QList<int>{3} << QByteArray("0,1,2");
        QTest::newRow("the middle") << QList<int>{2, 1} << QByteArray("0,3");
        QTest::newRow("all, in another order") << QList<int>{3, 2, 1, 0} << QByteArray();
        QTest::newRow("none") << QList<int>{} << QByteArray("0,1,2,3");
    }
    void remove_takesJustThese()
    {
        QFETCH(QList<int>, removed);
        QFETCH(QByteArray, left);
        appendMany("bob", 4);
        m_client.append("cid", "9");
        const auto first = m_client.inbox().firstPosition();
        for (const int index : removed) {
            QVERIFY(!m_client.remove("cid", first + index)); // it is not hers
            QVERIFY(m_client.remove("bob", first + index));
            QVERIFY(!m_client.remove("bob", first + index));
        }
        QVERIFY(!m_client.remove("bob", first + 100));
        QCOMPARE(m_client.all("bob"), left);
        QCOMPARE(m_client.inbox().waiting(UserId("bob")), left.isEmpty() ? 0 : left.count(',') + 1);
        QCOMPARE(m_client.inbox().hasEntries(UserId("bob")), !left.isEmpty());
        QCOMPARE(m_client.all("cid"), QByteArray("9"));
        m_client.append("bob", "5");
        QCOMPARE(m_client.all("bob"), left.isEmpty() ? QByteArray("5") : left + ",5");
    }

    void remove_beforeTheAnswer_isRemoved()
    {
        const auto position = m_client.append("bob", "1");
        m_client.append("bob", "2");
        const bool isAnswered = !m_client.answers.isEmpty();
        QVERIFY(m_client.remove("bob", position));
        QCOMPARE(m_client.inbox().waiting(UserId("bob")), 1);
        m_client.settle();
        QCOMPARE(m_client.answers, (QByteArrayList{isAnswered ? "stored 0" : "removed 0", "stored 1"}));
        QCOMPARE(m_client.all("bob"), QByteArray("2"));
    }

    void waiting_countsMessages_hasEntriesAlsoReceipts()
    {
        const UserId bob("bob");
        const auto receipt = m_client.append("bob", receiptOf("1"));
        QCOMPARE(m_client.inbox().waiting(bob), 0);
        QVERIFY(m_client.inbox().hasEntries(bob));
        const auto message = m_client.append("bob", "2");
        QCOMPARE(m_client.inbox().waiting(bob), 1);
        QCOMPARE(m_client.all("bob"), QByteArray("r1,2"));
        m_client.remove("bob", receipt);
        QCOMPARE(m_client.inbox().waiting(bob), 1);
        m_client.remove("bob", message);
        QCOMPARE(m_client.inbox().waiting(bob), 0);
        QVERIFY(!m_client.inbox().hasEntries(bob));
    }

    void load_withoutWhatHasExpired()
    {
        const auto position = m_client.append("bob", "1");
        m_client.settle();
        m_clock.advance(Milliseconds(600));
        m_client.append("bob", "2");
        m_client.settle();
        m_clock.advance(Milliseconds(399));
        QCOMPARE(m_client.all("bob"), QByteArray("1,2"));
        m_clock.advance(Milliseconds(1));
        QCOMPARE(m_client.all("bob"), QByteArray("2"));
        QCOMPARE(m_client.inbox().waiting(UserId("bob")), 2); // until it is removed
        QVERIFY(m_client.remove("bob", position));
        QCOMPARE(m_client.inbox().waiting(UserId("bob")), 1);
    }

    void load_behindManyThatHaveExpired_bringsTheOthers()
    {
        appendMany("bob", 2'100);
        m_clock.advance(Milliseconds(1'000));
        m_client.load("bob");
        m_client.settle();
        QCOMPARE(m_client.answers.back(), QByteArray("loaded "));
        m_client.append("bob", "fresh");
        QCOMPARE(m_client.all("bob"), QByteArray("fresh"));
    }

    void sweep_findsWhatHasExpiredAndSaysWhenTheNextDoes()
    {
        m_client.append("bob", "1");
        m_client.append("cid", receiptOf("2"));
        m_client.settle();
        m_client.sweep();
        m_client.settle();
        QCOMPARE(m_client.answers.back(), QByteArray("swept 0"));
        QCOMPARE(m_client.expired.nextDue, m_clock.wall() + Milliseconds(1'000));
        m_clock.advance(Milliseconds(400));
        m_client.append("bob", "3");
        m_client.settle();
        m_clock.advance(Milliseconds(600));
        m_client.sweep();
        m_client.settle();
        QCOMPARE(m_client.expired.entries.size(), std::size_t(2));
        const auto &[user, waiting] = m_client.expired.entries[0];
        QCOMPARE(user, UserId("bob"));
        QCOMPARE(*std::get<0>(waiting.entry), *messageOf("1"));
        QCOMPARE(m_client.expired.entries[1].user, UserId("cid"));
        QCOMPARE(idOf(m_client.expired.entries[1].waiting.entry), QByteArray("r2"));
        QCOMPARE(m_client.expired.nextDue, m_clock.wall() + Milliseconds(400));
        const auto expired = std::move(m_client.expired.entries);
        m_client.sweep(); // they stay until they are removed
        m_client.settle();
        QCOMPARE(m_client.expired.entries.size(), std::size_t(2));
        for (const auto &[owner, entry] : expired)
            QVERIFY(m_client.remove(owner.utf8(), entry.position));
        m_client.sweep();
        m_client.settle();
        QCOMPARE(m_client.expired.entries.size(), std::size_t(0));
        QCOMPARE(m_client.all("bob"), QByteArray("3"));
    }

    void sweep_ofNothing_isDueATimeToLiveLater()
    {
        m_client.sweep();
        m_client.settle();
        QCOMPARE(m_client.expired.nextDue, m_clock.wall() + Milliseconds(1'000));
    }

    void sweep_ofMany_comesInParts()
    {
        appendMany("bob", 1'500);
        m_clock.advance(Milliseconds(1'000));
        m_client.sweep();
        m_client.settle();
        QCOMPARE(m_client.expired.entries.size(), std::size_t(1'000));
        QCOMPARE(m_client.expired.nextDue, m_clock.wall());
        for (const auto &[user, waiting] : m_client.expired.entries)
            m_client.remove(user.utf8(), waiting.position);
        m_client.sweep();
        m_client.settle();
        QCOMPARE(m_client.expired.entries.size(), std::size_t(500));
    }

    void record_isAnsweredWithItsNumber()
    {
        m_client.record("one");
        m_client.record("two");
        m_client.settle();
        QCOMPARE(m_client.answers.back(), QByteArray("recorded 2"));
        m_client.inbox().forget(1);
        m_client.record("three");
        m_client.settle();
        QCOMPARE(m_client.answers.back(), QByteArray("recorded 3"));
    }

    void setListener_nullptr_isNotCalledAnyMore()
    {
        m_client.inbox().setListener(nullptr);
        m_client.inbox().append(UserId("bob"), m_client.inbox().firstPosition(), messageOf("1"));
        m_client.load("bob");
        m_client.settle();
        QCOMPARE(m_client.answers, QByteArrayList{"loaded 1"});
    }

    void members_areInTheOrderOfJoining()
    {
        chat::Inbox &inbox = m_client.inbox();
        const ChatId flat("flat");
        QCOMPARE(inbox.members(flat), QList<UserId>());
        for (const auto *user : {"cid", "ann", "bob", "ann"})
            inbox.addMember(flat, UserId(user), {});
        inbox.addMember(ChatId("barn"), UserId("eve"), {});
        QCOMPARE(inbox.members(flat), (QList<UserId>{UserId("cid"), UserId("ann"), UserId("bob")}));
        QCOMPARE(inbox.chatsOf(UserId("ann")), QList<ChatId>{flat});
        inbox.removeMember(flat, UserId("ann"), {});
        QCOMPARE(inbox.chatsOf(UserId("ann")), QList<ChatId>());
        inbox.removeMember(flat, UserId("eve"), {});
        QCOMPARE(inbox.chatsOf(UserId("eve")), QList<ChatId>{ChatId("barn")});
        inbox.removeMember(ChatId("none"), UserId("eve"), {});
        QCOMPARE(inbox.members(flat), (QList<UserId>{UserId("cid"), UserId("bob")}));
        inbox.addMember(flat, UserId("ann"), {});
        QCOMPARE(inbox.members(flat), (QList<UserId>{UserId("cid"), UserId("bob"), UserId("ann")}));
        QCOMPARE(inbox.members(ChatId("barn")), QList<UserId>{UserId("eve")});
        inbox.addMember(ChatId("barn"), UserId("bob"), {});
        QCOMPARE(inbox.chatsOf(UserId("bob")), (QList<ChatId>{flat, ChatId("barn")}));
        inbox.removeMember(ChatId("barn"), UserId("bob"), {});
        inbox.removeMember(ChatId("barn"), UserId("eve"), {});
        QCOMPARE(inbox.members(ChatId("barn")), QList<UserId>());
    }

    void members_areAnswered_onceEach()
    {
        const ChatId flat("flat");
        const UserId ann("ann");
        QByteArrayList answers;
        const auto note = [&answers](const char *name) {
            return [&answers, name](bool isStored) {
                answers.append(name + QByteArray(isStored ? "" : " not"));
            };
        };
        m_client.inbox().addMember(flat, ann, note("joined"));
        m_client.inbox().addMember(flat, ann, note("joined again"));
        m_client.inbox().removeMember(flat, ann, note("left"));
        m_client.inbox().removeMember(flat, ann, note("left again"));
        m_client.inbox().addMember(flat, ann, note("came back"));
        m_client.append("bob", "1");
        m_client.settle(); // written behind those
        std::sort(answers.begin(), answers.end());
        QCOMPARE(answers, (QByteArrayList{"came back", "joined", "joined again", "left", "left again"}));
        m_client.inbox().addMember(flat, ann, note("was there"));
        QCOMPARE(answers.last(), QByteArray("was there"));
    }
};

} // namespace concierge::test
