#include "InboxSuite.h"
#include "store/MemoryInbox.h"

#include <QCoreApplication>

using namespace concierge;
using namespace concierge::test;

class TestMemoryInbox : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void memory_ofExpiredMessages_isGivenBackByAnybodysAppend()
    {
        FakeClock clock;
        store::MemoryInbox inbox(clock, 10, Milliseconds(1'000));
        const auto message = std::make_shared<chat::Message>();
        for (int i = 0; i < 50; ++i)
            inbox.append(UserId(QByteArray::number(i)), message, [](chat::StoreResult) {});
        QCOMPARE(inbox.held(), 50);
        clock.advance(Milliseconds(1'000));
        inbox.append(UserId("bob"), message, [](chat::StoreResult) {});
        QCOMPARE(inbox.held(), 1);
    }

    void memory_ofRemovedMessages_isGivenBack()
    {
        FakeClock clock;
        store::MemoryInbox inbox(clock, 10, Milliseconds(1'000));
        auto message = std::make_shared<chat::Message>();
        message->id = MessageId("1");
        const std::weak_ptr<chat::Message> watch = message;
        inbox.append(UserId("bob"), std::move(message), [](chat::StoreResult) {});
        inbox.remove(UserId("bob"), {MessageId("1")});
        QVERIFY(watch.expired());
        QCOMPARE(inbox.held(), 0);
    }
};

int main(int argc, char *argv[])
{
    const QCoreApplication app(argc, argv);
    InboxSuite suite([](const Clock &clock, int maxPerUser, Milliseconds ttl) {
        return InboxUnderTest{std::make_unique<store::MemoryInbox>(clock, maxPerUser, ttl)};
    });
    TestMemoryInbox own;
    return QTest::qExec(&suite, argc, argv) + QTest::qExec(&own, argc, argv);
}

#include "tst_memory_inbox.moc"
