#include "app/HeapTrim.h"

#include <QtTest>

#include <memory>
#include <vector>

using namespace concierge::app;

namespace {

using Verdict = HeapTrimRule::Verdict;

constexpr qint64 mb = 1'000'000;

MemoryUsage usage(qint64 rss, qint64 total, qint64 used)
{
    return {rss * mb, total * mb, used * mb, 0, 0};
}

} // namespace

class HeapTrimTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void beforeAnythingHasGrown_thereIsNothingToGain()
    {
        HeapTrimRule rule;
        QCOMPARE(rule.judge(usage(20, 30, 1)), Verdict::Nothing);
        QCOMPARE(rule.judge(usage(20, 30, 1)), Verdict::Nothing);
    }

    void onceACrowdHasLeft_itIsDue_andOnceOnly()
    {
        HeapTrimRule rule;
        QCOMPARE(rule.judge(usage(20, 3, 2)), Verdict::Nothing);
        QCOMPARE(rule.judge(usage(80, 62, 60)), Verdict::Nothing); // they come,
        QCOMPARE(rule.judge(usage(80, 62, 30)), Verdict::NotYet);  // leave,
        QCOMPARE(rule.judge(usage(80, 62, 2)), Verdict::NotYet);   // are gone
        QCOMPARE(rule.judge(usage(80, 62, 2)), Verdict::Due);
        rule.done(21 * mb, 2 * mb);
        // The allocator still holds the addresses, and says so.
        QCOMPARE(rule.judge(usage(21, 62, 2)), Verdict::Nothing);
        QCOMPARE(rule.judge(usage(21, 62, 2)), Verdict::Nothing);
    }

    void whatIsFreedAfterwards_isGivenBackToo()
    {
        HeapTrimRule rule;
        QCOMPARE(rule.judge(usage(20, 3, 2)), Verdict::Nothing);
        QCOMPARE(rule.judge(usage(80, 62, 30)), Verdict::NotYet);
        QCOMPARE(rule.judge(usage(80, 62, 30)), Verdict::Due);
        rule.done(50 * mb, 30 * mb);
        QVERIFY(!rule.hasGrown(50 * mb));
        QCOMPARE(rule.judge(usage(50, 62, 20)), Verdict::NotYet);
        QCOMPARE(rule.judge(usage(50, 62, 20)), Verdict::Due);
    }

    void whatIsInUse_isNotGivenBack()
    {
        HeapTrimRule rule;
        QCOMPARE(rule.judge(usage(20, 3, 2)), Verdict::Nothing);
        for (int i = 0; i < 3; ++i)
            QCOMPARE(rule.judge(usage(80, 62, 61)), Verdict::Nothing);
    }

    void afterGivingBackInVain_itWaitsForMore()
    {
        HeapTrimRule rule;
        QCOMPARE(rule.judge(usage(20, 3, 2)), Verdict::Nothing);
        QCOMPARE(rule.judge(usage(80, 62, 30)), Verdict::NotYet);
        QCOMPARE(rule.judge(usage(80, 62, 30)), Verdict::Due);
        rule.done(79 * mb, 30 * mb); // holes smaller than a page
        QCOMPARE(rule.judge(usage(79, 62, 30)), Verdict::Nothing);
        QCOMPARE(rule.judge(usage(79, 62, 29)), Verdict::Nothing);
        QVERIFY(rule.hasGrown(90 * mb));
        QCOMPARE(rule.judge(usage(90, 73, 30)), Verdict::Due);
    }

    /// What the rule is for, with the real allocator: glibc keeps all that is free below what lives on.
    void memoryThatIsFreedBelowWhatLivesOn_comesBack()
    {
        if (memoryUsage().heapTotal == 0)
            QSKIP("this allocator does not tell");
        HeapTrim trim;
        std::vector<std::unique_ptr<char[]>> blocks(30'000);
        for (auto &block : blocks) {
            block.reset(new char[1'000]);
            std::fill_n(block.get(), 1'000, 'x');
        }
        const auto last = std::move(blocks.back());
        const qint64 peak = processUsage().rss;
        blocks.clear();
        QTRY_VERIFY2(processUsage().rss < peak - 20 * mb, qPrintable(QString::number(processUsage().rss)));
        QCOMPARE(last[999], 'x');
    }
};

QTEST_GUILESS_MAIN(HeapTrimTest)
#include "tst_heap_trim.moc"
