#pragma once

#include "LineLayer.h"
#include "LiveHistory.h"

#include <QFrame>
#include <QWidget>

class QGridLayout;
class QLabel;

namespace concierge::monitor {

/// The last ten minutes of one series, without axes. A gap is a gap.
class Sparkline : public QWidget
{
    Q_OBJECT

public:
    explicit Sparkline(QWidget *parent = nullptr);
    void setValues(const QList<qint64> &time, const QList<std::optional<double>> &values, qint64 to);
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    LineLayer::Frame frame(double ratio) const;

    LineLayer m_layer;
    LineLayer::Content m_content;
    double m_highest = 0;
    qint64 m_to = 0;
};

/// One figure: what it is, the figure, what more is known of it, and how it went.
class Tile : public QFrame
{
    Q_OBJECT

public:
    Tile(const QString &name, QWidget *parent);
    void setTitle(const QString &title);
    /// `more`: a second line of the note, where there is room for it.
    void setFigure(const QString &figure, const QString &words, bool isCurrent, const QString &more = {});
    QString figure() const;
    QString note() const;
    Sparkline &sparkline() { return *m_sparkline; }

private:
    bool hasRoomFor(const QString &note) const;

    QLabel *m_title;
    QLabel *m_figure;
    QLabel *m_note;
    Sparkline *m_sparkline;
};

class Tiles : public QWidget
{
    Q_OBJECT

public:
    explicit Tiles(QWidget *parent = nullptr);
    /// `snapshot`: none where no server was ever seen. `isCurrent`: false where it is of a server that has
    /// gone.
    void show(const MonitorSnapshot *snapshot, bool isCurrent, qint64 now);
    void showHistory(const LiveHistory &history, qint64 to);

protected:
    void changeEvent(QEvent *event) override;

private:
    enum Which { People, Peak, Messages, Waiting, Delivery, Refused, count };
    void retitle();
    void showFigures(const MonitorSnapshot &snapshot, bool isCurrent, qint64 now);

    Tile *m_tiles[count];
};

} // namespace concierge::monitor
