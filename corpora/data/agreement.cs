Chudá babička a sestra koupily krásné zrcadlo.
Moje hladová sestra plakala u řeky.
Slavný voják, který viděl statečného vlka, byl unavený a plakal.
Když každý hladový voják přišel z trhu, byl smutný a četl knihu.
Dítě a chudý bratr zapomněli svou mapu.
Dva staří pekaři byli pochváleni vojákem.
Voják byl smutný, protože zapomněl svůj klíč.
Starý pekař pracoval u řeky a viděl statečnou lišku.
V létě byli dva králové, kteří seděli v lese, nervózní.
Hladové sestry byly špinavé.
Dva slavní chlapci, jejichž otec byl pochválen vojákem, byli šťastní a viděli lišku.
Po válce statečný král, jehož zrcadlo bylo ukradeno ráno, prodal knihu.
Když se každý statečný pes vrátil domů, viděl vlka.
Sestra a bratr byli mokří.
Babička a statečný voják pracovali pod stromem a vrátili se domů brzy.
Děvče a voják byli hladoví a vrátili se domů brzy.
Děvčata byla smutná a špinavá.
Když se mladý voják vrátil z trhu, byl unavený a četl starý dopis.
Statečná herečka byla špinavá a nervózní.
Chlapec a babička byli mokří a usmáli se.
Nové knihy, které byly prodány po válce, byly mokré a staré.
Otcové, kteří seděli u řeky, byli špinaví a usmáli se.
Dva stateční vlci byli hladoví a přišli domů.
Pekař, jehož otec byl pozván králem, byl špinavý a mokrý.
Když se děvče vrátilo domů brzy, usmálo se.
Vlci, kteří čekali u řeky, byli unavení a seděli na nádraží.
Místní děvče a slavná královna četly dopis.
Voják, který ztratil svou knihu, byl nervózní.
Děvče bylo pochváleno králem.
Sestra a matka seděly před školou a četly novou knihu.
Když se moje hladové sestry vrátily z trhu, našly vlka.
Dva stateční psi, kteří seděli pod stromem, byli šťastní a přišli domů pozdě.
Malé kotě bylo nalezeno v létě.
Toto kotě přišlo domů a vidělo kočku.
Voják a herečka byli nervózní.
Statečné královny byly špinavé a četly krásnou knihu.
Chudá sestra, jejíž bratr čekal pod stromem, byla nervózní.
Po válce lišky spaly pod stromem.
Matka, která stála před školou, se vrátila z trhu.
Tyto věže byly opraveny po válce.
