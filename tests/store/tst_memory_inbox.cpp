#include "InboxSuite.h"
#include "store/MemoryInbox.h"

#include <QCoreApplication>

using namespace concierge;
using namespace concierge::test;

class TestMemoryInbox : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void memory_ofRemovedMessages_isGivenBack()
    {
        const FakeClock clock;
        store::MemoryInbox inbox(clock, Milliseconds(1'000));
        auto message = messageOf("1");
        const std::weak_ptr<const chat::Message> watch = message;
        inbox.append(UserId("bob"), 1, std::move(message));
        QCOMPARE(inbox.held(), 1);
        inbox.remove(UserId("bob"), 1);
        QVERIFY(watch.expired());
        QCOMPARE(inbox.held(), 0);
    }
};

int main(int argc, char *argv[])
{
    const QCoreApplication app(argc, argv);
    InboxSuite suite([](const Clock &clock, Milliseconds ttl) {
        return InboxUnderTest{std::make_unique<store::MemoryInbox>(clock, ttl)};
    });
    TestMemoryInbox own;
    return QTest::qExec(&suite, argc, argv) + QTest::qExec(&own, argc, argv);
}

#include "tst_memory_inbox.moc"
