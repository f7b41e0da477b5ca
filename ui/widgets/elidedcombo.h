// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QComboBox>

namespace retryscope {

/// A combo box that gives way: a choice that does not fit ends in "…" and stands whole in the tooltip, before what the
/// tooltip says otherwise. Its list is as wide as its longest choice, as far as the screen goes.
class ElidedCombo : public QComboBox
{
    Q_OBJECT
public:
    explicit ElidedCombo(QWidget *parent = nullptr) : QComboBox(parent) {}
    /// What is painted.
    QString shown() const;
    /// What the tooltip says now.
    QString told() const;
    void showPopup() override;

protected:
    void paintEvent(QPaintEvent *event) override;
    bool event(QEvent *event) override;
};

/// `text` in at most `width` pixels. The "…" stands where the text goes on, to the left of what is written from the right.
QString elidedEitherWay(const QFontMetrics &metrics, const QString &text, int width);

} // namespace retryscope
