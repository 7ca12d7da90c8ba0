#include "InboxSuite.h"
#include "store/WriteQueue.h"

using namespace concierge;
using namespace concierge::store;
using namespace concierge::test;
using Kind = Write::Kind;
using State = Write::State;

namespace {

WritePointer writeOf(Kind kind, qint64 number, qsizetype size = 0)
{
    auto write = std::make_shared<Write>();
    write->kind = kind;
    write->number = number;
    if (kind == Kind::Append)
        write->entry = messageOf("1", size);
    return write;
}

std::vector<qint64> numbers(const std::vector<WritePointer> &writes)
{
    std::vector<qint64> result;
    for (const WritePointer &write : writes)
        result.push_back(write->number);
    return result;
}

} // namespace

/// Both sides on one thread; the threads meet in tst_sqlite_inbox.
class TestWriteQueue : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void takeBatch_isBoundByNumberAndByBytes()
    {
        WriteQueue queue;
        for (int i = 0; i < 5'000; ++i)
            queue.push(writeOf(Kind::Remove, i));
        QCOMPARE(queue.takeBatch().size(), std::size_t(4'096));
        QCOMPARE(queue.takeBatch().size(), std::size_t(904));
        for (int i = 0; i < 20; ++i)
            queue.push(writeOf(Kind::Append, i, 1'000'000));
        QCOMPARE(queue.takeBatch().size(), std::size_t(8)); // the last goes over it
        QCOMPARE(queue.takeBatch().size(), std::size_t(8));
        QCOMPARE(queue.takeBatch().size(), std::size_t(4));
        QVERIFY(queue.takeBatch().empty());
    }

    void tasks_areTakenOnce_inTheirOrder()
    {
        WriteQueue queue;
        QByteArray ran;
        queue.push([&ran] { ran += 'a'; });
        queue.push([&ran] { ran += 'b'; });
        queue.wait({}); // does not sleep: there is something to do
        for (const auto &task : queue.takeTasks())
            task();
        QCOMPARE(ran, QByteArray("ab"));
        QVERIFY(queue.takeTasks().empty());
    }

    void push_ofAppends_isBoundByNumber_otherWritesAreNot()
    {
        WriteQueue queue;
        std::size_t pushed = 0;
        while (queue.push(writeOf(Kind::Append, 1, 1)))
            ++pushed;
        const qsizetype cost = costOf(messageOf("1", 1));
        QCOMPARE(pushed,
                 std::min(WriteQueue::maxAppends, static_cast<std::size_t>(WriteQueue::maxBytes / cost)));
        QVERIFY(queue.push(writeOf(Kind::Remove, 3)));
        queue.takeBatch();
        QVERIFY(queue.push(writeOf(Kind::Append, 4, 1)));
    }

    void cancel_givesRoomBackAtOnce()
    {
        WriteQueue queue;
        const auto large = writeOf(Kind::Append, 1, WriteQueue::maxBytes - 1'000);
        QVERIFY(queue.push(large));
        QVERIFY(!queue.push(writeOf(Kind::Append, 2, 1'000)));
        QVERIFY(queue.cancel(*large));
        QVERIFY(!queue.cancel(*large));
        QVERIFY(queue.push(writeOf(Kind::Append, 3, 1'000)));
        const auto batch = queue.takeBatch();
        QCOMPARE(numbers(batch), (std::vector<qint64>{1, 3}));
        QCOMPARE(batch[0]->state, State::Cancelled);
        QVERIFY(!queue.cancel(*batch[1])); // it is being written
    }

    void putBack_comesFirstAndMayBeCancelledAgain()
    {
        WriteQueue queue;
        const auto first = writeOf(Kind::AddMember, 1);
        queue.push(first);
        queue.push(writeOf(Kind::Remove, 2));
        const auto batch = queue.takeBatch();
        queue.push(writeOf(Kind::Remove, 3));
        queue.putBack(batch);
        QVERIFY(queue.cancel(*first));
        const auto again = queue.takeBatch();
        QCOMPARE(numbers(again), (std::vector<qint64>{1, 2, 3}));
        QCOMPARE(again[0]->state, State::Cancelled);
    }

    void takeUnwritten_keepsAllButAppends()
    {
        WriteQueue queue;
        queue.push(writeOf(Kind::Remove, 1));
        queue.push(writeOf(Kind::Append, 2));
        queue.push(writeOf(Kind::Remove, 3));
        QCOMPARE(numbers(queue.takeUnwritten().appends), std::vector<qint64>{2});
        QVERIFY(queue.hasKept());
        QCOMPARE(numbers(queue.takeBatch()), (std::vector<qint64>{1, 3}));
        QVERIFY(!queue.hasKept());
    }

    void membersWhoComeAndGoWhileNothingIsWritten_takeNoMemory()
    {
        WriteQueue queue;
        for (int i = 0; i < 100'000; ++i) {
            const auto join = writeOf(Kind::AddMember, i);
            queue.push(join);
            queue.takeUnwritten();
            QVERIFY(queue.cancel(*join));
        }
        QVERIFY2(queue.size() < 3'000, QByteArray::number(queue.size()).constData());
    }

    void takeRead_waitsForWhatWasQueuedBefore()
    {
        WriteQueue queue;
        queue.push(writeOf(Kind::Remove, 1));
        Read read;
        read.id = 7;
        queue.push(read);
        queue.push(writeOf(Kind::Remove, 2));
        QVERIFY(!queue.takeRead());
        queue.takeBatch();
        QCOMPARE(queue.takeRead()->id, quint64(7));
        QVERIFY(!queue.takeRead());
    }
};

QTEST_GUILESS_MAIN(TestWriteQueue)
#include "tst_write_queue.moc"
