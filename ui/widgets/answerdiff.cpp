// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/answerdiff.h"

#include "models/aside.h"
#include "widgets/elidedcombo.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QTextBrowser>
#include <QVBoxLayout>

namespace retryscope {
namespace {

QString markedPiece(const DiffPiece &piece, const QColor &first, const QColor &second)
{
    QString text = piece.text.toHtmlEscaped();
    if (piece.in == DiffPiece::In::Both)
        return text;
    const bool removed = piece.in == DiffPiece::In::First;
    const QColor color = removed ? first : second;
    return QStringLiteral("<span style='color:%1; text-decoration:%2'>%3</span>")
        .arg(color.name(), removed ? QStringLiteral("line-through") : QStringLiteral("underline"), text);
}

} // namespace

QString diffSummary(const WordDiff &diff, const QString &first, const QString &second)
{
    if (diff.onlyFirst == 0 && diff.onlySecond == 0)
        return AnswerDiffDialog::tr("The same, word for word.");
    const QString counts =
        AnswerDiffDialog::tr("%1 % alike: %2 words in both, %3 only in %4, %5 only in %6.")
            .arg(QLocale().toString(int(diff.likeness() * 100)), QLocale().toString(diff.same),
                 QLocale().toString(diff.onlyFirst), first, QLocale().toString(diff.onlySecond), second);
    return diff.coarse
               ? counts + QLatin1Char(' ') + AnswerDiffDialog::tr("They differ too much to be compared word by word.")
               : counts;
}

AnswerDiffDialog::AnswerDiffDialog(const Theme &theme, const QVector<ComparedAnswer> &answers, QWidget *parent)
    : QDialog(parent), m_theme(theme), m_answers(answers), m_first(new ElidedCombo), m_second(new ElidedCombo),
      m_summary(new QLabel), m_legend(new QLabel), m_text(new QTextBrowser)
{
    setObjectName(QStringLiteral("answerDiffDialog"));
    setWindowTitle(tr("Compare answers"));
    resize(760, 560);
    m_first->setObjectName(QStringLiteral("diffFirst"));
    m_first->setAccessibleName(tr("First answer"));
    m_second->setObjectName(QStringLiteral("diffSecond"));
    m_second->setAccessibleName(tr("Second answer"));
    for (const ComparedAnswer &answer : m_answers) {
        const QString whole = answer.by.isEmpty() ? answer.label : QStringLiteral("%1 · %2").arg(answer.label, answer.by);
        m_first->addItem(whole, answer.label);
        m_second->addItem(whole, answer.label);
    }
    for (QComboBox *box : {m_first, m_second}) {
        box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        box->setMinimumContentsLength(18);
    }
    m_summary->setObjectName(QStringLiteral("diffSummary"));
    m_summary->setWordWrap(true);
    m_legend->setObjectName(QStringLiteral("diffLegend"));
    m_legend->setTextFormat(Qt::RichText);
    m_legend->setFont(Theme::font(TextRole::Secondary));
    m_text->setObjectName(QStringLiteral("diffText"));
    m_text->setAccessibleName(tr("Differences"));
    m_text->setOpenLinks(false);
    auto *close = new QDialogButtonBox(QDialogButtonBox::Close);
    connect(close, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto *row = new QHBoxLayout;
    row->addWidget(m_first, 1);
    row->addWidget(new QLabel(tr("and")));
    row->addWidget(m_second, 1);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(Theme::inset, Theme::inset, Theme::inset, Theme::inset);
    column->setSpacing(Theme::gap);
    column->addLayout(row);
    column->addWidget(m_summary);
    column->addWidget(m_text, 1);
    column->addWidget(m_legend);
    column->addWidget(close);
    m_second->setCurrentIndex(1);
    connect(m_first, &QComboBox::currentIndexChanged, this, &AnswerDiffDialog::compare);
    connect(m_second, &QComboBox::currentIndexChanged, this, &AnswerDiffDialog::compare);
    connect(&m_theme, &Theme::changed, this, [this] {
        if (m_has)
            display(m_shown);
    });
    compare();
}

void AnswerDiffDialog::choose(int first, int second)
{
    m_first->setCurrentIndex(first);
    m_second->setCurrentIndex(second);
}

void AnswerDiffDialog::compare()
{
    const int first = m_first->currentIndex(), second = m_second->currentIndex();
    if (first < 0 || second < 0)
        return;
    m_summary->setText(tr("Comparing …"));
    const quint64 round = ++m_round;
    aside(
        this, [a = m_answers[first].text, b = m_answers[second].text] { return diffWords(a, b); },
        [this, round](const WordDiff &diff) {
            if (round == m_round)
                display(diff);
        });
}

void AnswerDiffDialog::display(const WordDiff &diff)
{
    m_shown = diff;
    m_has = true;
    const QColor first = m_theme.stateText(ProviderState::Down), second = m_theme.stateText(ProviderState::Well);
    QString html;
    for (const DiffPiece &piece : diff.pieces)
        html += markedPiece(piece, first, second);
    m_text->setHtml(QStringLiteral("<div style='white-space:pre-wrap'>%1</div>").arg(html));
    const QString one = m_first->currentData().toString(), other = m_second->currentData().toString();
    m_summary->setText(diffSummary(diff, one, other));
    m_legend->setText(markedPiece({DiffPiece::In::First, tr("only in %1").arg(one)}, first, second)
                      + QStringLiteral("&nbsp;&nbsp; ")
                      + markedPiece({DiffPiece::In::Second, tr("only in %1").arg(other)}, first, second));
    m_legend->setVisible(diff.onlyFirst > 0 || diff.onlySecond > 0); // of the same answer there is nothing to tell apart
}

} // namespace retryscope
