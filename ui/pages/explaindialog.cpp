// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/explaindialog.h"

#include "base/systemclock.h"
#include "theme/theme.h"
#include "widgets/elidedcombo.h"
#include "words/explanationwords.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QSpinBox>
#include <QSplitter>
#include <QTimer>
#include <QVBoxLayout>

namespace retryscope {
namespace {

constexpr qsizetype mostBody = 256 << 10; // what is read at every key must be quick; the command line takes more
constexpr std::chrono::milliseconds settle{120};

QPlainTextEdit *box(const QString &name, const QString &accessible, const QString &hint)
{
    auto *edit = new QPlainTextEdit;
    edit->setObjectName(name);
    edit->setAccessibleName(accessible);
    edit->setPlaceholderText(hint);
    edit->setTabChangesFocus(true);
    edit->setLineWrapMode(QPlainTextEdit::WidgetWidth);
    return edit;
}

} // namespace

ExplainDialog::ExplainDialog(QWidget *parent)
    : QDialog(parent), m_provider(new ElidedCombo), m_status(new QSpinBox),
      m_headers(box(QStringLiteral("explainHeaders"), tr("Headers of the response"),
                    tr("Headers, one a line, such as Retry-After: 20"))),
      m_body(box(QStringLiteral("explainBody"), tr("Body of the response"),
                 tr("Paste the body: an error, a whole answer, or the events of a stream."))),
      m_problem(new QLabel), m_result(new QWidget), m_lines(new QFormLayout(m_result)), m_soon(new QTimer(this))
{
    setObjectName(QStringLiteral("explainDialog"));
    setWindowTitle(tr("Explain a response"));
    m_provider->setObjectName(QStringLiteral("explainProvider"));
    m_provider->setAccessibleName(tr("Who answers"));
    m_provider->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_provider->setMinimumContentsLength(16);
    m_status->setObjectName(QStringLiteral("explainStatus"));
    m_status->setRange(200, 599);
    m_status->setValue(429);
    m_status->setAccessibleName(tr("HTTP status"));
    m_result->setObjectName(QStringLiteral("explainResult"));
    m_problem->setObjectName(QStringLiteral("explainProblem"));
    m_problem->setWordWrap(true);
    m_problem->setTextFormat(Qt::PlainText);
    m_lines->setContentsMargins(0, 0, 8, 0);
    m_lines->setRowWrapPolicy(QFormLayout::DontWrapRows);
    m_lines->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    m_lines->setHorizontalSpacing(16);

    auto *form = new QFormLayout;
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    form->addRow(tr("&Provider"), m_provider);
    form->addRow(tr("HTTP &status"), m_status);
    auto *upper = new QWidget;
    auto *input = new QVBoxLayout(upper);
    input->setContentsMargins(0, 0, 0, 0);
    input->addLayout(form);
    m_headers->setMaximumHeight(fontMetrics().height() * 4);
    input->addWidget(m_headers);
    input->addWidget(m_body, 1);
    auto *scroll = new QScrollArea;
    scroll->setWidget(m_result);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto *lower = new QWidget;
    auto *output = new QVBoxLayout(lower);
    output->setContentsMargins(0, 6, 0, 0);
    output->addWidget(m_problem);
    output->addWidget(scroll, 1);
    auto *split = new QSplitter(Qt::Vertical);
    split->setChildrenCollapsible(false);
    split->addWidget(upper);
    split->addWidget(lower);
    split->setStretchFactor(0, 2);
    split->setStretchFactor(1, 3);
    split->setSizes({230, 330});
    auto *buttons = new QDialogButtonBox;
    QPushButton *close = buttons->addButton(tr("Close"), QDialogButtonBox::RejectRole);
    close->setAutoDefault(false);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(Theme::inset, Theme::inset, Theme::inset, Theme::gap);
    column->addWidget(split, 1);
    column->addWidget(buttons);
    resize(QSize(720, 620).boundedTo(parent ? parent->size() - QSize(60, 60) : QSize(720, 620)));

    m_soon->setSingleShot(true);
    m_soon->setInterval(settle);
    connect(m_soon, &QTimer::timeout, this, &ExplainDialog::explainNow);
    connect(m_provider, &QComboBox::currentIndexChanged, m_soon, qOverload<>(&QTimer::start));
    connect(m_status, &QSpinBox::valueChanged, m_soon, qOverload<>(&QTimer::start));
    for (QPlainTextEdit *edit : {m_headers, m_body})
        connect(edit, &QPlainTextEdit::textChanged, m_soon, qOverload<>(&QTimer::start));
}

void ExplainDialog::setConfiguration(const Configuration &configuration)
{
    m_configuration = configuration;
    const QString chosen = m_provider->currentData().toString();
    m_provider->clear();
    for (const ProviderConfig &provider : configuration.providers)
        m_provider->addItem(provider.enabled ? provider.name : tr("%1 (disabled)").arg(provider.name), provider.id);
    m_provider->setCurrentIndex(std::max(0, m_provider->findData(chosen)));
    explainNow();
}

/// Return starts a new line or nothing at all: there is no default button to press.
void ExplainDialog::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter)
        return event->accept();
    QDialog::keyPressEvent(event);
}

void ExplainDialog::showProblem(const QString &text)
{
    m_problem->setText(text);
    m_problem->setVisible(!text.isEmpty());
    while (m_lines->rowCount() > 0)
        m_lines->removeRow(0);
}

void ExplainDialog::explainNow()
{
    m_soon->stop();
    if (m_provider->count() == 0)
        return showProblem(tr("There is no provider. Add one to the configuration; its answers are explained here."));
    SampleResponse response;
    response.status = m_status->value();
    QStringList lines;
    QVector<int> places; // as a person counts them, the empty ones too
    const QStringList typed = m_headers->toPlainText().split(QLatin1Char('\n'));
    for (int i = 0; i < int(typed.size()); ++i) {
        if (!typed[i].trimmed().isEmpty()) {
            lines << typed[i];
            places << i + 1;
        }
    }
    const auto headers = headersOfLines(lines);
    if (!headers)
        return showProblem(
            tr("Header line %1 is no header. Write a name, a colon and a value, such as Retry-After: 20.")
                .arg(places[headers.error() - 1]));
    response.headers = *headers;
    response.body = m_body->toPlainText().toUtf8();
    if (response.body.size() > mostBody)
        return showProblem(tr("The body is longer than %1 KB. Save it to a file: retryscope-cli explain --status %2 "
                              "--body FILE takes up to 8 MB.")
                               .arg(mostBody >> 10)
                               .arg(response.status));
    showProblem({});
    const Explanation explanation =
        explain(m_configuration, m_provider->currentData().toString(), response, SystemClock().wallNow());
    for (const ExplanationLine &line : tellExplanation(explanation, m_configuration.rules)) {
        auto *text = new QLabel(line.text);
        text->setTextFormat(Qt::PlainText);
        text->setWordWrap(true);
        text->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
        text->setAccessibleName(line.name);
        auto *name = new QLabel(line.name);
        name->setForegroundRole(QPalette::PlaceholderText);
        m_lines->addRow(name, text);
    }
}

} // namespace retryscope
