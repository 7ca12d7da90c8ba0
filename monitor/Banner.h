#pragma once

#include "Situation.h"

#include <QFrame>

class QLabel;
class QPushButton;

namespace concierge::monitor {

/// The one sentence at the top, with glyph, colour and words.
class Banner : public QFrame
{
    Q_OBJECT

public:
    explicit Banner(QWidget *parent = nullptr);

    void show(const Situation &situation, bool canStart);
    const Situation &situation() const noexcept { return m_situation; }
    void retheme();

Q_SIGNALS:
    void actionTriggered(concierge::monitor::BannerAction action);

protected:
    void paintEvent(QPaintEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    void render();

    Situation m_situation;
    bool m_canStart = false;
    QLabel *m_glyph;
    QLabel *m_text;
    QLabel *m_detail;
    QPushButton *m_button;
};

} // namespace concierge::monitor
