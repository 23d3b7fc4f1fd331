"""Refusals and meta text in languages other than English, as patterns of Rust's regular expressions.

All are searched in every text: a model may answer in another language than the recipe's. As in text_patterns.py, they
ask for what only a model writes about its own task. To add a language, add an entry to both tables and cases to
tests/pedigree/curation/test_languages_of_screens.py.
"""

REFUSALS = {
    "zh": r"""(?x)
      (?:我|作[为為])[^。！？!?\n]{0,15}(?:[无無]法|不能|不可以|拒[绝絕])
      (?:[为為]您|[为為]你|[帮幫]您|[帮幫]你|[协協]助您|[协協]助)?
      (?:提供|生成|[创創]作|撰[写寫]|[编編][写寫]|[满滿]足|完成|[执執]行|[处處]理|回[应應]|[写寫])(?:您|你)?的?
      (?:[这這][个個]|[这這][样樣]的|此[类類]|[这這][类類]|[这這]种|該|该|任何|相[关關]|有[关關]|上述)?[^。！？!?\n，,]{0,6}
      (?:[请請]求|要求|[内內]容|文本|示例|[范範]例|[样樣]本|指令)""",
    "ja": r"""(?x)
      (?:申し訳|すみません|恐れ入り|残念)[^。！？\n]{0,30}(?:要望|要求|リクエスト|依頼|指示|コンテンツ|内容|文章|テキスト|例文|サンプル)
      [^。！？\n]{0,15}(?:できません|できかねます|しかねます|お応えできません|応じられません)
    | (?:その|この)(?:ような)?(?:ご?(?:要望|要求|リクエスト|依頼)|コンテンツ)[^。！？\n]{0,12}
      (?:お応え|応じる|作成|生成|対応)[^。！？\n]{0,8}(?:できません|できかねます|かねます)""",
    "de": r"""(?ix)
      \b ich\ (?:kann|darf|werde|möchte)\ (?:ihnen\ |dir\ |dabei\ |leider\ |daher\ )*
      (?: (?:(?:bei|mit)\ )?(?:diese[rsmn]?|solche[nrsm]?|ihre[rnm]?|deine[rnm]?)\ (?:\w+\ ){0,2}
          (?:anfrage|aufgabe|anweisung|inhalte?|beispiele?|beispieltexte?)\ (?:\w+\ ){0,2}nicht\b
        | keine\ (?:\w+\ ){0,2}(?:inhalte|beispiele|beispieltexte)\b)
    | \bverst(?:ößt|oßen)\ gegen\ meine\ (?:richtlinien|programmierung)\b""",
    "fr": r"""(?ix)
      \b je\ (?:ne\ (?:peux|suis|pourrai)\ pas|ne\ peux|refuse)\ 
      (?:pas\ |vous\ |en\ mesure\ d[e']\ ?|capable\ d[e']\ ?|de\ )*
      (?: (?:répondre\ à|satisfaire\ à|satisfaire|accéder\ à|traiter)\ (?:cette|votre|ce\ type\ de)\ (?:demande|requête)
        | aider\ (?:à|avec|pour)\ (?:cette|votre)\ (?:demande|requête|tâche)
        | (?:générer|créer|produire|fournir|rédiger|écrire)\ (?:ce|de\ tels?|un\ tel|ce\ (?:type|genre)\ de|de|du)\ 
          (?:type\ de\ )?(?:contenus?|textes?|exemples?))\b""",
    "es": r"""(?ix)
      \b no\ (?:puedo|podré|me\ es\ posible|soy\ capaz\ de|estoy\ en\ condiciones\ de)\ 
      (?: (?:ayudar(?:te|le)?\ con|cumplir(?:\ con)?|atender(?:\ a)?|satisfacer|responder\ a)\ (?:esta|esa|tu|su)\ 
          (?:solicitud|petición|tarea)
        | (?:generar|crear|producir|proporcionar|escribir|redactar)\ 
          (?:ese|este|tal|dicho|ningún|(?:ese|este)\ tipo\ de)?\ ?
          (?:contenidos?|ejemplos?|textos?))\b""",
    "pt": r"""(?ix)
      \b não\ (?:posso|poderei|consigo|me\ é\ possível|sou\ capaz\ de)\ 
      (?: (?:ajudar\ com|atender\ a|atender|cumprir(?:\ com)?|satisfazer|responder\ a)\ (?:à\ |a\ |o\ )?
          (?:esta|essa|este|esse|sua|seu|esta\ sua)\ (?:solicitação|pedido|tarefa)
        | (?:gerar|criar|produzir|fornecer|escrever|redigir)\ (?:esse|este|tal|tais|nenhum|(?:esse|este)\ tipo\ de)?\ ?
          (?:conteúdos?|exemplos?|textos?))\b""",
    "ar": r"""(?x)
      (?:لا\ (?:أستطيع|يمكنني|أقدر)|لن\ أتمكن\ من|لست\ قادر[اً]*\ على)\ 
      (?:تلبية|تنفيذ|إنشاء|توليد|تقديم|كتابة|إنتاج|المساعدة\ في|الاستجابة\ ل)\ ?(?:\w+\ ){0,2}
      (?:هذا\ الطلب|لهذا\ الطلب|طلبك|هذا\ النوع|محتوى|المحتوى|هذه\ المهمة|أمثلة)""",
    "hi": r"""(?x)
      मैं[^।!?\n]{0,40}(?:अनुरोध|सामग्री|उदाहरण|टेक्स्ट)[^।!?\n]{0,25}
      (?:नहीं\ (?:कर|बना|लिख|दे|प्रदान\ कर|उत्पन्न\ कर|पूरा\ कर)|असमर्थ)""",
    "ru": r"""(?ix)
      \b я\ (?:\w+\ )?не\ (?:могу|смогу|в\ состоянии|имею\ возможности)\ (?:вам\ )?
      (?: (?:выполнить|обработать|удовлетворить|исполнить)\ (?:этот|ваш|данный|такой|подобный)\ запрос
        | (?:помочь\ с)\ (?:этим|вашим|данным|таким)\ запросом
        | (?:создать|создавать|генерировать|сгенерировать|предоставить|написать|писать)\ 
          (?:такой|такие|подобный|подобные|этот|данный|такого\ рода)\ (?:контент|тексты?|примеры?|материалы?))\b""",
}


META_TEXTS = {
    "zh": r"""(?ix)
      作[为為](?:一[个個名款位])?(?:大型|大)?(?:(?:ai|人工智[能慧])(?:[语語]言)?(?:模型|助手|助理)|[语語]言模型)
    | ^\W*(?:好的|[当當]然(?:可以)?|[没沒][问問][题題])?\W*(?:以下|下面|[这這]里)(?:是|[为為])[^。\n]{0,20}
      (?:示例|例子|[样樣]本|[范範]例|[条條]?(?:[评評][论論]|消息|文本|句子))\W*[:：]
    | ^\W*(?:[这這]|[该該]|此)是?(?:一?[条條段句个個篇则則])?
      (?:消息|文本|[评評][论論]|句子|推文|留言|[示范範]例|[样樣]本|[讯訊]息)[^。！？\n]{0,6}
      (?: (?:表[达達]|[体體][现現]|[传傳][达達]|反映|展[现現])了?[^。！？\n]{0,15}
        (?:情[绪緒感]|[态態]度|[语語]气|[标標][签籤]|[类類][别別]|意[图圖])
      | (?:[属屬][于於]|被?[标標][记記注]|被?[归歸][类類]|被?分[类類])
        [为為于於]?[^。！？\n]{0,15}(?:[标標][签籤]|[类類][别別]?))""",
    "ja": r"""(?ix)
      (?:ai(?:言語モデル|アシスタント)?|人工知能|言語モデル)(?:として(?:、|の私)|ですので|なので|であるため)
    | ^\W*(?:はい|もちろん(?:です)?|承知(?:いたし|し)ました|かしこまりました)?\W*以下(?:は|が|に)[^。\n]{0,25}
      (?:例|サンプル|文章|レビュー|メッセージ)(?:です|を(?:示|挙|紹介))
    | ^\W*(?:この|これは)(?:文章?|メッセージ|レビュー|テキスト|ツイート|例文?)(?:は|には)[^。！？\n]{0,25}
      (?:感情|ラベル|カテゴリー?|意図|トーン|態度)(?:を|が|に)(?:表|示|含|分類|該当|伝)""",
    "de": r"""(?ix)
      \b als\ (?:eine?\ )?(?:großes\ )?
      (?:ki-?(?:modell|assistent|assistentin|sprachmodell|system)?|sprachmodell|künstliche\ intelligenz)
      \b(?:,|\ (?:kann|habe|bin|darf|möchte)\ ich)
    | ^\W*(?:sicher|gerne?|natürlich|klar|selbstverständlich)\b[\s,.!–—-]+hier\ (?:ist|sind)\b
    | ^\W*hier\ (?:ist|sind)\ (?:\w+\ ){1,5}(?:beispiele?|varianten?|umformulierung(?:en)?|beispieltexte?)\b
    | ^\W*(?:diese[rs]?|der|die)\ (?:nachricht|text|satz|bewertung|rezension|kommentar|beitrag|beispiel|tweet)\ 
      (?:drückt|zeigt|vermittelt|enthält|spiegelt|veranschaulicht)\ (?:\w+\ ){0,4}
      (?:stimmung|gefühle?|emotion(?:en)?|haltung|kategorie|absicht|meinung)\b""",
    "fr": r"""(?ix)
      \b en\ tant\ qu['’](?:une?\ )?(?:ia|intelligence\ artificielle|modèle\ de\ langage|assistant\ (?:virtuel|ia))\b
    | ^\W*(?:bien\ sûr|certainement|d['’]accord|volontiers)\b[\s,.!–—-]+voici\b
    | ^\W*voici\ (?:\w+\ ){0,4}(?:exemples?|variantes?|reformulations?|paraphrases?)\b
    | ^\W*(?:ce|cet|cette)\ (?:message|texte|phrase|avis|commentaire|exemple|tweet|critique)\ 
      (?:exprime|montre|traduit|reflète|illustre|contient)\ (?:\w+['’\ ]){0,4}
      (?:sentiment|émotion|ton|attitude|catégorie|intention|opinion)s?\b""",
    "es": r"""(?ix)
      (?:^|[.!?¡¿"«(]\s*)como\ (?:una?\ )?
      (?:ia|inteligencia\ artificial|modelo\ de\ lenguaje|asistente\ (?:de\ ia|virtual))\b
      (?:[^.,\n]{0,30},|\ no\b)
    | ^\W*(?:claro|por\ supuesto|desde\ luego|con\ gusto)\b[\s,.!¡–—-]+(?:aquí|a\ continuación)\b
    | ^\W*(?:aquí\ (?:tienes?|tiene|hay|están)|a\ continuación)\ (?:\w+\ ){0,5}(?:ejemplos?|variantes?|paráfrasis)\b
    | ^\W*est[ea]\ (?:mensaje|texto|oración|frase|reseña|comentario|ejemplo|tuit)\ 
      (?:expresa|muestra|transmite|refleja|ilustra|contiene)\ (?:\w+\ ){0,4}
      (?:sentimiento|emoción|tono|actitud|categoría|intención|opinión)\b""",
    "pt": r"""(?ix)
      (?:^|[.!?"«(]\s*)como\ (?:uma?\ )?
      (?:ia|inteligência\ artificial|modelo\ de\ linguagem|assistente\ (?:de\ ia|virtual))\b
      (?:[^.,\n]{0,30},|\ não\b)
    | ^\W*(?:claro|com\ certeza|certamente)\b[\s,.!–—-]+(?:aqui|a\ seguir)\b
    | ^\W*(?:aqui\ (?:estão|está|vão|tem)|a\ seguir)\W+(?:\w+\ ){0,5}(?:exemplos?|variações|paráfrases?)\b
    | ^\W*est[ea]\ (?:mensagem|texto|frase|avaliação|comentário|exemplo|tweet|resenha)\ 
      (?:expressa|mostra|transmite|reflete|ilustra|contém)\ (?:\w+\ ){0,4}
      (?:sentimento|emoção|tom|atitude|categoria|intenção|opinião)\b""",
    "ar": r"""(?x)
      (?:بصفتي|باعتباري|كوني)\ (?:نموذج|مساعد|ذكاء)|كنموذج\ (?:لغوي|لغة|ذكاء)
    | ^\W*(?:بالتأكيد|بالطبع|حسن[اًا]+)?\W*(?:إليك|فيما\ يلي)\ (?:\w+\ ){0,4}(?:أمثلة|مثال|نماذج|عينات)
    | ^\W*(?:هذه\ الرسالة|هذا\ النص|هذه\ الجملة|هذا\ التعليق|هذه\ المراجعة)\ 
      (?:تعبر|يعبر|تظهر|يظهر|تعكس|يعكس)\ (?:\w+\ ){0,4}
      (?:مشاعر|شعور|المشاعر|نبرة|رأي|فئة|موقف)""",
    "hi": r"""(?ix)
      (?:एआई|ai|कृत्रिम\ बुद्धिमत्ता|भाषा\ मॉडल)\ ?(?:भाषा\ )?(?:मॉडल|सहायक)?\ ?(?:के\ रूप\ में|होने\ के\ नाते)[\ ,]*मैं
    | ^\W*(?:ज़?रूर|बिल्कुल|ठीक\ है|जी\ हाँ)?\W*(?:यहाँ|नीचे)\ (?:[\w\p{M}]+\ ){0,5}उदाहरण
    | ^\W*यह\ (?:संदेश|पाठ|वाक्य|समीक्षा|टिप्पणी|ट्वीट)\ (?:[\w\p{M}]+\ ){0,5}(?:भावना|भाव|लहजा|श्रेणी|दृष्टिकोण)""",
    "ru": r"""(?ix)
      (?:^|[.!?«"(]\s*)как\ (?:искусственный\ интеллект|(?:большая\ )?языковая\ модель
      |(?:ии|ai)(?:-\ ?(?:модель|ассистент|помощник))?)\b\s?,
    | \bя\ (?:—|-|–)?\ ?(?:всего\ лишь\ |просто\ )?(?:большая\ )?языковая\ модель\b
    | ^\W*(?:конечно|разумеется|хорошо)\b[\s,.!–—-]+вот\b
    | ^\W*вот\ (?:\w+\ ){0,5}(?:примеры?|примеров|вариант(?:ы|ов)?)\b
    | ^\W*эт(?:о|от|а)\ (?:сообщение|текст|предложение|отзыв|комментарий|пример|твит)\ 
      (?:выражает|показывает|передаёт|передает|отражает|содержит)\ (?:\w+\ ){0,4}
      (?:чувств[оа]|эмоци[юия]|тон|отношение|категори[юия]|настроение|мнение)\b""",
}
COVERED = frozenset({"en"}) | REFUSALS.keys() & META_TEXTS.keys()
