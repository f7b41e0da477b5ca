// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "batch/batchcost.h"
#include "widgets/elidedlabel.h"

#include <functional>

class QTimer;

namespace retryscope {

/// One line: what a send would cost, over all columns; its tooltip has the parts. It is reckoned aside, a moment after
/// what it depends on has come to rest.
class BenchCost : public ElidedLabel
{
    Q_OBJECT
public:
    struct Column
    {
        QString letter;
        Route route;
        QString model;
    };
    struct Question
    {
        Configuration configuration;
        PriceList prices;
        Prompt prompt;
        QVector<Column> columns; ///< none: nothing would be asked, and nothing is said
    };
    explicit BenchCost(QWidget *parent = nullptr);
    /// Where to ask what would be sent.
    void setSource(std::function<Question()> source) { m_source = std::move(source); }
    /// Something has changed.
    void touch();

private:
    struct Told
    {
        QString line;
        QStringList parts; ///< one a column
    };
    static Told reckon(const Question &question);
    void ask();
    void tell(const Told &told);

    std::function<Question()> m_source;
    QTimer *m_rest;
    int m_number = 0; ///< of the last question: an older one's answer is not shown
};

} // namespace retryscope
